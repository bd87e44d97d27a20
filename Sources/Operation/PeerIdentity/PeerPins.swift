public import CalibrationRecords
internal import DurableFiles
internal import ForeignFiles
internal import Foundation

/// What is known of one other side, in a file: pins of its certificates and public signing keys of its node. Of each at most
/// two, so that the other side can change over to a new one while the old one still holds.
public struct PeerPins: Sendable, Hashable {
    /// Pins of certificates, the oldest first.
    public private(set) var certificates: [PeerPin]
    /// Public signing keys of the node, the oldest first.
    public private(set) var nodeKeys: [PublicKey]

    /// Most of each.
    public static let most = 2

    /// Nothing is known.
    public init() { (certificates, nodeKeys) = ([], []) }

    /// These.
    public init(_ pins: PeerPin..., nodeKeys keys: [PublicKey] = []) throws(PeerIdentityError) {
        self.init()
        for pin in pins { try add(pin) }
        for key in keys { try add(key) }
    }

    /// Whether a certificate's key is the other side's.
    public func accepts(_ pin: PeerPin) -> Bool { certificates.contains(pin) }

    /// Adds a certificate; false if it was there.
    @discardableResult
    public mutating func add(_ pin: PeerPin) throws(PeerIdentityError) -> Bool {
        try Self.add(pin, to: &certificates, "certificates of the other side")
    }

    /// Adds a signing key; false if it was there.
    @discardableResult
    public mutating func add(_ key: PublicKey) throws(PeerIdentityError) -> Bool {
        try Self.add(key, to: &nodeKeys, "signing keys of the other node")
    }

    /// Drops a certificate.
    public mutating func drop(_ pin: PeerPin) throws(PeerIdentityError) {
        guard let place = certificates.firstIndex(of: pin) else { throw .notPinned(pin.description) }
        certificates.remove(at: place)
    }

    /// Drops a signing key.
    public mutating func drop(_ key: PublicKey) throws(PeerIdentityError) {
        guard let place = nodeKeys.firstIndex(of: key) else { throw .notPinned(key.description) }
        nodeKeys.remove(at: place)
    }

    private static func add<Pinned: Equatable>(
        _ new: Pinned, to list: inout [Pinned], _ what: String
    ) throws(PeerIdentityError) -> Bool {
        guard !list.contains(new) else { return false }
        guard list.count < most else { throw .tooManyPins(what: what) }
        list.append(new)
        return true
    }
}

// MARK: - The file

extension PeerPins {
    private static let kind = ForeignFileKind("a file of pins", mostBytes: 64 << 10)
    private static let layout = 1

    private struct Document: Codable {
        var kind: String
        var version: Int
        var certificates: [PeerPin]
        var nodeKeys: [PublicKey]
    }

    /// Reads a file. Whoever may write to it decides who the other side is, so nobody but its owner and root may.
    public init(file: String) throws(PeerIdentityError) {
        let bytes: [UInt8]
        let facts: ForeignFileFacts
        do throws(ForeignFileRefusal) {
            let opened = try ForeignFile(file, Self.kind, links: .refused)
            (bytes, facts) = (try opened.bytes(), opened.facts)
        } catch {
            throw .file(error)
        }
        guard facts.isOnly(of: geteuid()) else {
            throw .unreadablePins(file: file, reason: "others than its owner may write to it")
        }
        let document: Document
        do { document = try JSONDecoder().decode(Document.self, from: Data(bytes)) } catch {
            throw .unreadablePins(file: file, reason: Self.reason(error))
        }
        guard document.kind == "cvqkd-peer-pins", document.version == Self.layout else {
            throw .unreadablePins(file: file, reason: "it is not a file of pins of version \(Self.layout)")
        }
        guard document.certificates.count <= Self.most, document.nodeKeys.count <= Self.most else {
            throw .unreadablePins(file: file, reason: "it has more than \(Self.most) pins of a kind")
        }
        (certificates, nodeKeys) = (document.certificates, document.nodeKeys)
    }

    /// Reads a file that need not exist.
    public static func load(file: String) throws(PeerIdentityError) -> PeerPins {
        do throws(PeerIdentityError) { return try PeerPins(file: file) } catch {
            if case .file(.notFound) = error { return PeerPins() }
            throw error
        }
    }

    /// Writes the file, whole.
    public func write(file: String) throws(PeerIdentityError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let document = Document(
            kind: "cvqkd-peer-pins", version: Self.layout, certificates: certificates, nodeKeys: nodeKeys)
        let data: Data
        do { data = try encoder.encode(document) + Data([0x0a]) } catch {
            throw .unreadablePins(file: file, reason: "\(error)")
        }
        do throws(FileFault) { try DurableFile.write(data.bytes, to: file, .replacing) } catch {
            throw .notWritten(error)
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case DecodingError.dataCorrupted(let context): context.debugDescription
        case DecodingError.keyNotFound(let key, _): "“\(key.stringValue)” is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            context.codingPath.map(\.stringValue).joined(separator: ".") + " has another type"
        default: "it is not JSON"
        }
    }
}

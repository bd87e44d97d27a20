public import CalibrationRecords
internal import DurableFiles
internal import ForeignFiles
public import Foundation

/// The folder in which one side of the peer channel keeps what it is known by: its certificate and private key, during a
/// rotation a second pair, and the signing key of its node. Secret keys are files of mode 0600.
public struct PeerFolder: Sendable, Hashable {
    /// Its path.
    public let path: String

    /// A folder; it need not exist.
    public init(_ path: String) { self.path = path }

    /// Which pair.
    public enum Pair: String, Sendable, Hashable, Codable, CaseIterable {
        /// The one that is shown.
        case current
        /// The one that is going to be shown, so that the other side can pin it before.
        case next
    }

    /// File of a certificate.
    public func certificateFile(_ pair: Pair) -> String {
        "\(path)/\(pair == .current ? "peer-certificate.pem" : "peer-certificate-next.pem")"
    }

    /// File of its private key.
    public func keyFile(_ pair: Pair) -> String {
        "\(path)/\(pair == .current ? "peer-key.pem" : "peer-key-next.pem")"
    }

    /// File of the node's signing key.
    public var nodeKeyFile: String { "\(path)/node-key.pem" }

    /// File of what is known of the other side of a link.
    public func pinsFile(link: String) -> String { "\(path)/\(Self.pins)\(FileName.part(link)).json" }

    private static let pins = "pins-"
    private static let mostFiles = 1000

    /// Files of what is known of other sides.
    public func pinsFiles() throws(PeerIdentityError) -> [String] {
        do throws(ForeignFileRefusal) {
            let folder = try ForeignFolder(path)
            return try folder.names(atMost: Self.mostFiles).names
                .filter { $0.hasPrefix(Self.pins) && $0.hasSuffix(".json") }.map { "\(path)/\($0)" }
        } catch {
            throw .file(error)
        }
    }

    // MARK: - Reading

    /// Certificate and private key.
    public func credentials(_ pair: Pair = .current) throws(PeerIdentityError) -> PeerCredentials {
        try requireOneOwner(pair)
        do throws(PeerIdentityError) {
            return try PeerCredentials(certificate: certificateFile(pair), key: keyFile(pair))
        } catch {
            guard case .file(.notFound(let file)) = error, file == certificateFile(pair), !has(keyFile(pair)) else {
                throw error
            }
            throw pair == .current ? .noIdentity(folder: path) : .noNext(folder: path)
        }
    }

    /// The public signing key of the node.
    public func nodeKey() throws(PeerIdentityError) -> PublicKey {
        do throws(RecordError) { return try SigningKey(file: nodeKeyFile).publicKey() } catch {
            throw .signingKey(error)
        }
    }

    private func requireOneOwner(_ pair: Pair) throws(PeerIdentityError) {
        do throws(ForeignFileRefusal) {
            let folder = try ForeignFolder(path)
            try folder.requireWriters(.owner)
            try folder.requireOwner(geteuid(), 0)
        } catch {
            if case .notFound = error { throw pair == .current ? .noIdentity(folder: path) : .noNext(folder: path) }
            throw .file(error)
        }
    }

    private func has(_ file: String) -> Bool { ForeignFileFacts(named: file) != nil }

    // MARK: - Making

    /// Makes certificate and private key, and the node's signing key unless there is one. Nothing is overwritten. True if
    /// the signing key is new.
    @discardableResult
    public func make(
        validDays days: Int = PeerCertificate.usualDays, now: Date
    ) throws(PeerIdentityError) -> (credentials: PeerCredentials, nodeKeyIsNew: Bool) {
        guard (1...3650).contains(days) else { throw .badValidity(days: days) }
        try makeFolder()
        for file in [certificateFile(.current), keyFile(.current)] where has(file) { throw .exists(file: file) }
        let nodeKeyIsNew = !has(nodeKeyFile)
        if nodeKeyIsNew {
            do throws(RecordError) { _ = try SigningKey.make(file: nodeKeyFile) } catch { throw .signingKey(error) }
        } else {
            // One that cannot sign is told now.
            _ = try nodeKey()
        }
        try write(.current, days, now)
        return (try credentials(), nodeKeyIsNew)
    }

    /// Makes a second pair beside the one that is shown.
    @discardableResult
    public func makeNext(
        validDays days: Int = PeerCertificate.usualDays, now: Date
    ) throws(PeerIdentityError) -> PeerCredentials {
        guard (1...3650).contains(days) else { throw .badValidity(days: days) }
        _ = try credentials()
        for file in [certificateFile(.next), keyFile(.next)] where has(file) { throw .exists(file: file) }
        try write(.next, days, now)
        return try credentials(.next)
    }

    /// Shows the second pair from now on. The first one is gone: its private key is of no use to anybody then.
    @discardableResult
    public func changeOver() throws(PeerIdentityError) -> PeerCredentials {
        // A crash between the two moves leaves a certificate with another's key. Whoever tries again completes it.
        if has(keyFile(.next)) || !has(certificateFile(.next)) {
            _ = try credentials(.next)
            try move(keyFile(.next), to: keyFile(.current))
        }
        try move(certificateFile(.next), to: certificateFile(.current))
        return try credentials()
    }

    private func makeFolder() throws(PeerIdentityError) {
        var above: [String] = []
        var folder = path
        while !folder.isEmpty, folder != "/", !has(folder) {
            above.append(folder)
            folder = (folder as NSString).deletingLastPathComponent
        }
        for folder in above.reversed() {
            guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
                throw .notWritten(FileFault(.begin, path: folder, code: errno))
            }
        }
        try requireOneOwner(.current)
    }

    private func write(_ pair: Pair, _ days: Int, _ now: Date) throws(PeerIdentityError) {
        // An hour earlier: clocks of two sites differ.
        let (certificate, key) = try PeerCertificate.make(from: now - 3600, days: days)
        try write(key, to: keyFile(pair), mode: 0o600)
        do throws(PeerIdentityError) {
            try write(certificate.pem + "\n", to: certificateFile(pair), mode: 0o644)
        } catch {
            // A key without its certificate would be in the way of the next attempt.
            unlink(keyFile(pair))
            throw error
        }
    }

    private func write(_ text: String, to file: String, mode: UInt32) throws(PeerIdentityError) {
        let data = Data(text.utf8)
        do throws(FileFault) { try DurableFile.write(data.bytes, to: file, .exclusive, mode: mode) } catch {
            throw error.code == EEXIST ? .exists(file: file) : .notWritten(error)
        }
    }

    private func move(_ file: String, to place: String) throws(PeerIdentityError) {
        guard rename(file, place) == 0 else { throw .notWritten(FileFault(.place, path: place, code: errno)) }
    }
}

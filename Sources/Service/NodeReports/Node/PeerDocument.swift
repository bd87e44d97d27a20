internal import CalibrationRecords
public import Foundation
public import PeerIdentity

/// What this side of the peer channel is known by, and whom it knows.
public struct PeerDocument: Codable, Sendable, Hashable {
    /// A certificate.
    public struct Certificate: Codable, Sendable, Hashable {
        /// SHA-256 of its SubjectPublicKeyInfo: what the other side pins.
        public var pin: String
        /// From when it holds.
        public var notBefore: Date
        /// Until when.
        public var notAfter: Date
        /// Days until then; negative when it has expired.
        public var daysLeft: Double
        /// `valid`, `expiresSoon`, `expired`, `notYetValid`.
        public var standing: String

        /// The document of a certificate.
        public init(_ certificate: PeerCertificate, now: Date) {
            pin = certificate.pin.description
            (notBefore, notAfter) = (certificate.notBefore, certificate.notAfter)
            daysLeft = (certificate.daysLeft(at: now) * 10).rounded(.down) / 10
            standing = certificate.standing(at: now).rawValue
        }
    }

    /// The other side of a link.
    public struct Link: Codable, Sendable, Hashable {
        /// File of its pins.
        public var file: String
        /// Pins of its certificates.
        public var certificates: [String]
        /// Public signing keys of its node.
        public var nodeKeys: [String]

        /// The document of pins.
        public init(_ pins: PeerPins, file: String) {
            self.file = file
            certificates = pins.certificates.map(\.description)
            nodeKeys = pins.nodeKeys.map(\.description)
        }
    }

    /// Where it all lies.
    public var folder: String
    /// What is shown.
    public var certificate: Certificate
    /// What is going to be shown; absent but for a rotation.
    public var next: Certificate?
    /// Public signing key of the node, base64.
    public var nodeKey: String
    /// Of that key, to be compared over another channel.
    public var nodeKeyFingerprint: String
    /// Other sides that are pinned.
    public var links: [Link]

    /// The document of a folder.
    public init(_ folder: PeerFolder, now: Date) throws(PeerIdentityError) {
        self.folder = folder.path
        certificate = Certificate(try folder.credentials().certificate, now: now)
        do throws(PeerIdentityError) {
            next = Certificate(try folder.credentials(.next).certificate, now: now)
        } catch .noNext {
            next = nil
        }
        let key = try folder.nodeKey()
        (nodeKey, nodeKeyFingerprint) = (key.description, key.fingerprint)
        var links: [Link] = []
        for file in try folder.pinsFiles() { links.append(Link(try PeerPins(file: file), file: file)) }
        self.links = links
    }
}

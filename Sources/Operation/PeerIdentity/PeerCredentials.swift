internal import ForeignFiles
internal import Foundation

/// A certificate and its private key, as they lie in two files: what one side of the peer channel shows and proves.
public struct PeerCredentials: Sendable {
    /// The certificate.
    public let certificate: PeerCertificate
    /// The private key in PEM. Never to be printed.
    public let privateKey: String

    private static let certificateKind = ForeignFileKind("a certificate", mostBytes: 64 << 10)
    private static let keyKind = ForeignFileKind("a file with a secret key", mostBytes: 64 << 10)

    /// Reads a pair. A key that others may read is refused, and so is one that does not belong to the certificate.
    public init(certificate certificateFile: String, key keyFile: String) throws(PeerIdentityError) {
        let (certificate, key): ([UInt8], [UInt8])
        let facts: ForeignFileFacts
        do throws(ForeignFileRefusal) {
            certificate = try ForeignFile.bytes(of: certificateFile, Self.certificateKind)
            let file = try ForeignFile(keyFile, Self.keyKind, links: .refused)
            (key, facts) = (try file.bytes(), file.facts)
        } catch {
            throw .file(error)
        }
        guard facts.permissions & 0o077 == 0 else {
            throw .keyExposed(file: keyFile, mode: facts.permissions & 0o777)
        }
        guard facts.owner == geteuid() || geteuid() == 0 else {
            throw .keyOfAnotherUser(file: keyFile, owner: facts.owner)
        }
        self.certificate = try PeerCertificate(pem: String(decoding: certificate, as: UTF8.self))
        privateKey = String(decoding: key, as: UTF8.self)
        guard try PeerCertificate.pin(ofKey: privateKey) == self.certificate.pin else {
            throw .keyDiffers(certificate: certificateFile, key: keyFile)
        }
    }
}

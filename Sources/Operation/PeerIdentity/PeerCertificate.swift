internal import Crypto
public import Foundation
internal import SwiftASN1
internal import X509

/// A certificate of the peer channel, of this side or of the other. Nobody signs it but its own key, and no name in it is
/// looked at: what counts is the public key and the time.
public struct PeerCertificate: Sendable, Hashable {
    /// What the other side pins.
    public let pin: PeerPin
    /// From when it holds.
    public let notBefore: Date
    /// Until when it holds.
    public let notAfter: Date
    /// The certificate in PEM.
    public let pem: String

    /// A certificate of this age is to be replaced: agents alarm so long before the end.
    public static let alarmDays = 30.0
    /// How long a new certificate holds, days: two years.
    public static let usualDays = 730

    /// Where a certificate stands in its time.
    public enum Standing: String, Sendable, Hashable, Codable {
        /// It does not hold yet: a clock is wrong, here or there.
        case notYetValid
        /// It holds.
        case valid
        /// It holds for less than `alarmDays`.
        case expiresSoon
        /// It does not hold any more.
        case expired
    }

    /// Where it stands now.
    public func standing(at now: Date) -> Standing {
        if now < notBefore { return .notYetValid }
        if now > notAfter { return .expired }
        return daysLeft(at: now) < Self.alarmDays ? .expiresSoon : .valid
    }

    /// Days until it expires; negative when it has.
    public func daysLeft(at now: Date) -> Double { notAfter.timeIntervalSince(now) / 86_400 }

    /// From PEM; of a chain the first.
    public init(pem text: String) throws(PeerIdentityError) {
        do { try self.init(Certificate(pemEncoded: text)) } catch { throw .notACertificate(reason: "\(error)") }
    }

    /// From DER, as it came through a handshake.
    public init(der bytes: [UInt8]) throws(PeerIdentityError) {
        do { try self.init(Certificate(derEncoded: bytes)) } catch { throw .notACertificate(reason: "\(error)") }
    }

    private init(_ certificate: Certificate) throws {
        pin = PeerPin(subjectPublicKeyInfo: try certificate.publicKey.serializeAsPEM().derBytes)
        notBefore = certificate.notValidBefore
        notAfter = certificate.notValidAfter
        pem = try certificate.serializeAsPEM().pemString
    }

    /// A new key on P-256 and a certificate that it signs itself. Nothing in it tells a stranger whose it is: the other side
    /// knows the key, not a name.
    static func make(from start: Date, days: Int) throws(PeerIdentityError) -> (
        certificate: PeerCertificate, key: String
    ) {
        do {
            let key = P256.Signing.PrivateKey()
            let signer = Certificate.PrivateKey(key)
            let name = try DistinguishedName { CommonName("cvqkd peer") }
            let certificate = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: signer.publicKey,
                notValidBefore: start, notValidAfter: start + Double(days) * 86_400, issuer: name, subject: name,
                signatureAlgorithm: .ecdsaWithSHA256,
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    Critical(KeyUsage(digitalSignature: true))
                    try ExtendedKeyUsage([.serverAuth, .clientAuth])
                }, issuerPrivateKey: signer)
            return (try PeerCertificate(certificate), key.pemRepresentation + "\n")
        } catch {
            throw .notACertificate(reason: "\(error)")
        }
    }

    /// The pin that belongs to a private key.
    static func pin(ofKey pem: String) throws(PeerIdentityError) -> PeerPin {
        do {
            let key = try Certificate.PrivateKey(pemEncoded: pem)
            return PeerPin(subjectPublicKeyInfo: try key.publicKey.serializeAsPEM().derBytes)
        } catch {
            // What the parser says may quote the key.
            throw .notAKey
        }
    }
}

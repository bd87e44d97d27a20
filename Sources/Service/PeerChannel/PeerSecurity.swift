internal import Foundation
internal import NIOCore
internal import NIOSSL
internal import PeerIdentity
internal import UnitTransport

/// TLS as this channel has it: version 1.3 only, a certificate on either side, and nothing believed of a certificate but its
/// public key, which has to be pinned, and its time. No authority, no host name.
struct PeerSecurity: Sendable {
    let credentials: PeerCredentials
    let pins: Set<PeerPin>
    let now: @Sendable () -> Date

    /// The one protocol that is spoken in it.
    private static let protocols = ["h2"]

    /// The context of one side.
    func context(isServer: Bool) throws(PeerChannelError) -> NIOSSLContext {
        do {
            let chain = try NIOSSLCertificate.fromPEMBytes(Array(credentials.certificate.pem.utf8))
                .map { NIOSSLCertificateSource.certificate($0) }
            let key = try NIOSSLPrivateKey(bytes: Array(credentials.privateKey.utf8), format: .pem)
            var configuration =
                isServer
                ? TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
                : TLSConfiguration.makeClientConfiguration()
            if !isServer {
                configuration.certificateChain = chain
                configuration.privateKey = .privateKey(key)
            }
            configuration.minimumTLSVersion = .tlsv13
            configuration.maximumTLSVersion = .tlsv13
            configuration.applicationProtocols = Self.protocols
            // A certificate is demanded; what is made of it is up to `judge`.
            configuration.certificateVerification = .noHostnameVerification
            configuration.trustRoots = .certificates([])
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw .credentials(reason: "\(error)")
        }
    }

    /// Looks at what the other side shows; its pin if it may go on.
    func judge(_ chain: [NIOSSLCertificate]) throws(PeerRefusal) -> PeerPin {
        guard let first = chain.first, let der = try? first.toDERBytes(),
            let certificate = try? PeerCertificate(der: der)
        else { throw .unreadableCertificate }
        guard pins.contains(certificate.pin) else { throw .stranger(certificate.pin) }
        switch certificate.standing(at: now()) {
        case .expired: throw .expired(certificate.pin, until: certificate.notAfter)
        case .notYetValid: throw .notYetValid(certificate.pin, from: certificate.notBefore)
        case .valid, .expiresSoon: return certificate.pin
        }
    }

    /// The handler that speaks TLS. What was found of the other side's certificate is noted.
    func handler(_ context: NIOSSLContext, isServer: Bool, _ note: HandshakeNote) throws -> any ChannelHandler {
        let verify: NIOSSLCustomVerificationCallback = { chain, promise in
            do throws(PeerRefusal) {
                note.accept(try judge(chain))
                promise.succeed(.certificateVerified)
            } catch {
                note.refuse(error)
                promise.succeed(.failed)
            }
        }
        return isServer
            ? NIOSSLServerHandler(context: context, customVerificationCallback: verify)
            : try NIOSSLClientHandler(context: context, serverHostname: nil, customVerificationCallback: verify)
    }
}

/// What became of one handshake.
final class HandshakeNote: Sendable {
    private let found = Guarded<(pin: PeerPin?, refusal: PeerRefusal?)>((nil, nil))

    func accept(_ pin: PeerPin) { found.withLock { $0.pin = pin } }

    /// The first reason stays: what follows it follows from it.
    func refuse(_ refusal: PeerRefusal) { found.withLock { $0.refusal = $0.refusal ?? refusal } }

    var pin: PeerPin? { found.withLock { $0.pin } }
    var refusal: PeerRefusal? { found.withLock { $0.refusal } }
}

extension PeerRefusal {
    /// What an error of the TLS library means here.
    init(_ error: any Error) {
        // The library names its reasons in text only.
        let text = "\(error)".uppercased()
        func has(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        self =
            if has("PEER_DID_NOT_RETURN_A_CERTIFICATE") {
                .noCertificate
            } else if has("UNSUPPORTED_PROTOCOL", "ALERT_PROTOCOL_VERSION", "WRONG_SSL_VERSION") {
                .oldTLS
            } else if has("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST", "BAD_PACKET_LENGTH") {
                .notTLS
            } else if has("ALERT_BAD_CERTIFICATE", "ALERT_CERTIFICATE", "ALERT_UNKNOWN_CA", "ALERT_ACCESS_DENIED") {
                .byOtherSide
            } else {
                .handshakeFailed(reason: "\(error)".split(separator: "\n").first.map(String.init) ?? "no reason")
            }
    }
}

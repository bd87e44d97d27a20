public import Foundation
public import ForeignFiles
public import PeerIdentity

/// Why there is no channel to the other side.
public enum PeerChannelError: Error, Sendable, CustomStringConvertible {
    /// It is no address.
    case badAddress(text: String, reason: String)
    /// TCP needs a certificate and key of this side and at least one pin of the other.
    case notConfigured(PeerAddress, missing: String)
    /// The certificate and key of this side cannot be used.
    case credentials(reason: String)
    /// The certificate of this side is out of its time: make and pin a new one.
    case ownCertificate(PeerCertificate.Standing, until: Date)
    /// The folder of the socket, or what lies in the socket's place.
    case file(ForeignFileRefusal)
    /// Somebody answers on the socket: another agent listens there.
    case inUse(PeerAddress)
    /// The system does not let it listen.
    case cannotListen(PeerAddress, reason: String)
    /// Nobody is there.
    case unanswered(PeerAddress, reason: String)
    /// There is no conversation within the limit.
    case timedOut(PeerAddress, milliseconds: Int)
    /// The handshake failed at this side, or on the other's word.
    case refused(PeerAddress, PeerRefusal)
    /// The other side knows no such link, or not of this peer.
    case unknownLink(String)
    /// There is a conversation about the link already, and it is alive.
    case busy(link: String)
    /// The other side is reached but does not speak `cvqkd.peer.v1`, or breaks off.
    case broken(PeerAddress, reason: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .badAddress(let text, let reason): "“\(text)” is not the address of a peer: \(reason)"
        case .notConfigured(let address, let missing): "\(address) cannot be used: \(missing)"
        case .credentials(let reason): "this side's certificate and key cannot be used: \(reason)"
        case .ownCertificate(.notYetValid, _): "this side's certificate does not hold yet: the clock is wrong"
        case .ownCertificate: "this side's certificate has expired: make a new one and have it pinned"
        case .file(let refusal): refusal.description
        case .inUse(let address): "somebody listens on \(address) already"
        case .cannotListen(let address, let reason): "cannot listen on \(address): \(reason)"
        case .unanswered(let address, let reason): "nobody answers on \(address): \(reason)"
        case .timedOut(let address, let milliseconds):
            "\(address) did not open a conversation within \(milliseconds) ms"
        case .refused(let address, let refusal): "\(address): \(refusal)"
        case .unknownLink(let link): "the other side has no link “\(link)” with this one"
        case .busy(let link): "there is a conversation about link “\(link)” already"
        case .broken(let address, let reason): "\(address) broke off: \(reason)"
        }
    }
}

/// Why somebody was not let in, or why this side did not go in. Facts for the log of this side; a stranger is told nothing but
/// that it is over.
public enum PeerRefusal: Error, Sendable, Hashable, CustomStringConvertible {
    /// A certificate that is not pinned.
    case stranger(PeerPin)
    /// A pinned certificate whose time is over.
    case expired(PeerPin, until: Date)
    /// A pinned certificate whose time has not come: a clock is wrong.
    case notYetValid(PeerPin, from: Date)
    /// A certificate that cannot be read.
    case unreadableCertificate
    /// No certificate.
    case noCertificate
    /// A version of TLS below 1.3.
    case oldTLS
    /// Something else than TLS.
    case notTLS
    /// The other side does not take this side's certificate.
    case byOtherSide
    /// No handshake in time.
    case handshakeTimedOut
    /// A handshake that failed for another reason.
    case handshakeFailed(reason: String)
    /// More connections than there may be.
    case tooMany
    /// A pinned peer, and a link that is not its.
    case unknownLink(String)
    /// A pinned peer, and a link that has a conversation already.
    case busy(link: String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .stranger(let pin): "it shows a certificate that is not pinned: \(pin)"
        case .expired(let pin, let until): "its certificate \(pin) has expired on \(Self.day(until))"
        case .notYetValid(let pin, let from):
            "its certificate \(pin) holds from \(Self.day(from)) only: a clock is wrong"
        case .unreadableCertificate: "it shows a certificate that cannot be read"
        case .noCertificate: "it shows no certificate"
        case .oldTLS: "it does not speak TLS 1.3"
        case .notTLS: "it does not speak TLS"
        case .byOtherSide: "it does not take this side's certificate: it is not pinned there, or has expired"
        case .handshakeTimedOut: "it did not complete the handshake in time"
        case .handshakeFailed(let reason): "the handshake failed: \(reason)"
        case .tooMany: "there are too many connections"
        case .unknownLink(let link): "it asks for link “\(link)”, which it has not"
        case .busy(let link): "it asks for link “\(link)”, about which there is a conversation"
        }
    }

    private static func day(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle().year().month().day())
    }
}

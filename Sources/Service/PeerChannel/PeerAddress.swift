/// Where the other side of a peer channel is, or where it is waited for: `unix:PATH` on this machine (or forwarded by ssh),
/// or `tcp:HOST:PORT`.
public enum PeerAddress: Sendable, Hashable, CustomStringConvertible {
    /// A socket in a folder that nobody but its user may write to.
    case unix(path: String)
    /// TCP, always with TLS and pins of both sides.
    case tcp(host: String, port: Int)

    /// The longest path that a socket address has room for.
    public static let longestPath = 107

    /// Reads the text form.
    public init(_ text: String) throws(PeerChannelError) {
        func refuse(_ reason: String) -> PeerChannelError { .badAddress(text: text, reason: reason) }
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst(5))
            guard path.hasPrefix("/"), !path.hasSuffix("/"), !path.utf8.contains(0) else {
                throw refuse("the path of a socket begins with / and names a file")
            }
            guard path.utf8.count <= Self.longestPath else {
                throw refuse("the path of a socket has at most \(Self.longestPath) bytes")
            }
            self = .unix(path: path)
            return
        }
        guard text.hasPrefix("tcp:") else { throw refuse("it begins with unix: or tcp:") }
        let body = text.dropFirst(4)
        guard let colon = body.lastIndex(of: ":") else { throw refuse("the port is missing") }
        var host = String(body[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
        } else if host.contains(":") {
            throw refuse("an IPv6 address is written in brackets")
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "/") }) else {
            throw refuse("the host is missing or is not a name")
        }
        let digits = body[body.index(after: colon)...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let port = Int(digits), port <= 65_535
        else { throw refuse("the port is a number from 1 to 65535") }
        self = .tcp(host: host, port: port)
    }

    /// The text form.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "tcp:[\(host)]:\(port)" : "tcp:\(host):\(port)"
        }
    }
}

/// Why nothing can be delivered.
public enum DeliveryError: Error, Equatable, Sendable, CustomStringConvertible {
    /// A consumer's key is no X-Wing public key. Make one with the consumer's own key generator.
    case badPublicKey(consumer: String, bytes: Int)
    /// A socket's path has to fit into 107 bytes. Choose a shorter one.
    case pathTooLong(String)
    /// The folder of the socket lets others put something else in its place. Give it to this user, and take away others'
    /// permission to write.
    case unsafeFolder(String, reason: String)
    /// Something that is no socket is in its place. Move it away.
    case notASocket(String)
    /// Somebody answers on the socket. Stop that program first.
    case inUse(String, holder: String)
    /// The system refused.
    case system(step: String, path: String, code: Int32)
    /// Two links or two consumers have one name, or a consumer is for a link that is not served.
    case badConfiguration(String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .badPublicKey(let consumer, let bytes):
            "the key of consumer \(consumer), \(bytes) bytes, is no X-Wing public key: it has to be 1216 bytes"
        case .pathTooLong(let path):
            "the path of a socket has at most 107 bytes, this one has \(path.utf8.count): \(path)"
        case .unsafeFolder(let folder, let reason): "no socket for raw key is made in \(folder): \(reason)"
        case .notASocket(let path): "\(path) is there and is not a socket: move it away"
        case .inUse(let path, let holder): "\(holder) answers on \(path): stop it first"
        case .system(let step, let path, let code): "\(step) failed for \(path) (error \(code))"
        case .badConfiguration(let what): what
        }
    }
}

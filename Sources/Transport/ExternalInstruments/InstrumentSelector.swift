/// Names an instrument beside the units, the same way in commands, code and configuration.
public struct InstrumentSelector: Hashable, Sendable, CustomStringConvertible {
    /// The device node: a serial line, or the kernel's node of a USBTMC instrument (`/dev/usbtmc0`).
    public var path: String
    /// Rate of a serial line in baud; nil leaves it as it is.
    public var baud: UInt32?

    /// Why a text is not a selector.
    public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// It does not begin with `scpi:`.
        case unknownKind(String)
        /// Not an absolute path.
        case badPath(String)
        /// Not a rate in baud.
        case badBaud(String)

        /// One sentence that says what to write instead.
        public var description: String {
            switch self {
            case .unknownKind(let text):
                "'\(text)' names no instrument; write scpi:/dev/usbtmc0 or scpi:/dev/ttyUSB1@9600, for example"
            case .badPath(let text): "'\(text)' is not an absolute path; write scpi:/dev/usbtmc0, for example"
            case .badBaud(let text):
                "'\(text)' is not a rate in baud from 300 to 4000000; write scpi:/dev/ttyUSB1@9600, for example"
            }
        }
    }

    /// Reads `scpi:PATH` or `scpi:PATH@BAUD`.
    public init(_ text: String) throws(Fault) {
        guard text.hasPrefix("scpi:") else { throw .unknownKind(text) }
        path = String(text.dropFirst(5))
        if let at = path.lastIndex(of: "@") {
            let rate = String(path[path.index(after: at)...])
            guard let value = UInt32(rate), (300...4_000_000).contains(value) else { throw .badBaud(rate) }
            baud = value
            path = String(path[..<at])
        }
        guard path.hasPrefix("/"), path.count > 1 else { throw .badPath(path) }
    }

    /// The text form.
    public var description: String { "scpi:\(path)" + (baud.map { "@\($0)" } ?? "") }
}

/// Names a unit, the same way in commands, code and configuration.
public enum UnitSelector: Hashable, Sendable, CustomStringConvertible {
    /// `usb:SERIAL`: the unit with this serial number on USB.
    case usb(serial: String)
    /// `serial:PATH` or `serial:PATH@BAUD`: the unit behind this serial line. Without a rate it stays as it is
    /// (pseudo-terminals and CDC-ACM have none).
    case serial(path: String, baud: UInt32?)
    /// `SERIAL`: the unit with this serial number, wherever it is.
    case anywhere(serial: String)

    /// Why a text is not a selector.
    public enum Fault: Error, Equatable, Sendable, CustomStringConvertible {
        /// The text is empty.
        case empty
        /// A kind before the colon that does not exist.
        case unknownKind(String)
        /// Not a serial number.
        case badSerialNumber(String)
        /// Not an absolute path.
        case badPath(String)
        /// Not a rate in baud.
        case badBaud(String)

        /// One sentence that says what to write instead.
        public var description: String {
            switch self {
            case .empty: "a unit is named as usb:SERIAL, serial:/dev/PATH or just its serial number"
            case .unknownKind(let kind):
                "'\(kind):' is not a kind of connection; use usb:SERIAL, serial:/dev/PATH or just the serial number"
            case .badSerialNumber(let text):
                "'\(text)' is not a serial number: 1 to 31 of A-Z a-z 0-9 - _ . are allowed"
            case .badPath(let text): "'\(text)' is not an absolute path; write serial:/dev/ttyACM0, for example"
            case .badBaud(let text):
                "'\(text)' is not a rate in baud from 300 to 12000000; write serial:/dev/ttyUSB0@921600, for example"
            }
        }
    }

    /// Reads the text form.
    public init(_ text: String) throws(Fault) {
        guard !text.isEmpty else { throw .empty }
        guard let colon = text.firstIndex(of: ":") else {
            self = .anywhere(serial: try Self.checkedSerial(text))
            return
        }
        let rest = String(text[text.index(after: colon)...])
        switch text[..<colon] {
        case "usb": self = .usb(serial: try Self.checkedSerial(rest))
        case "serial":
            var path = rest
            var baud: UInt32?
            if let at = rest.lastIndex(of: "@") {
                let rate = String(rest[rest.index(after: at)...])
                guard let value = UInt32(rate), (300...12_000_000).contains(value) else { throw .badBaud(rate) }
                baud = value
                path = String(rest[..<at])
            }
            guard path.hasPrefix("/"), path.count > 1 else { throw .badPath(path) }
            self = .serial(path: path, baud: baud)
        case let kind: throw .unknownKind(String(kind))
        }
    }

    private static func checkedSerial(_ text: String) throws(Fault) -> String {
        guard isSerialNumber(text) else { throw .badSerialNumber(text) }
        return text
    }

    /// Whether a unit may have this serial number (firmware-schemas/README.md, section 2).
    public static func isSerialNumber(_ text: String) -> Bool {
        (1...31).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .usb(let serial): "usb:\(serial)"
        case .serial(let path, let baud): "serial:\(path)" + (baud.map { "@\($0)" } ?? "")
        case .anywhere(let serial): serial
        }
    }

    /// The serial number that must answer, if the selector names one.
    public var serialNumber: String? {
        switch self {
        case .usb(let serial), .anywhere(let serial): serial
        case .serial: nil
        }
    }
}

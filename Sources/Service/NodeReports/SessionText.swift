internal import UnitProtocol

/// How documents write what a session is known by.
public enum SessionText {
    /// Session numbers are 64 random bits: sixteen hexadecimal digits, because numbers of JSON have only 53.
    public static func number(_ session: UInt64) -> String {
        let digits = String(session, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension SessionPurpose {
    /// As it is written on the command line.
    var word: String { description.lowercased() }
}

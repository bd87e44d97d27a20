internal import CalibrationRecords
internal import Glibc
internal import UnitTransport

extension ValueKind {
    /// A unit, as commands name it.
    static var selector: ValueKind<UnitSelector> {
        ValueKind<String>.text.then("a unit") { text throws(ValueFault) in
            do throws(UnitSelector.Fault) { return try UnitSelector(text) } catch {
                throw ValueFault(error.description)
            }
        }
    }

    /// Where another agent is.
    static var address: ValueKind<PeerConfiguration.Address> {
        let expected = "unix:/PATH or tcp:HOST:PORT"
        return ValueKind<String>.text.then(expected) { text throws(ValueFault) in
            if text.hasPrefix("unix:") {
                let path = String(text.dropFirst(5))
                guard path.hasPrefix("/"), path.utf8.count > 1 else {
                    throw ValueFault(
                        "'\(path)' is not an absolute path; write unix:/run/cvqkd-agent/peer.sock, for example")
                }
                guard path.utf8.count <= 107 else {
                    throw ValueFault("has \(path.utf8.count) bytes; the path of a socket has 107 at most")
                }
                return .unix(path: path)
            }
            guard text.hasPrefix("tcp:"), let colon = text.lastIndex(of: ":") else { throw ValueFault() }
            var host = text.dropFirst(4)[..<colon]
            let digits = String(text[text.index(after: colon)...])
            if host.hasPrefix("["), host.hasSuffix("]") {
                host = host.dropFirst().dropLast()
            } else if host.contains(":") {
                throw ValueFault("an IPv6 address stands in brackets: tcp:[::1]:4711")
            }
            guard DecimalText.isPlain(digits), let port = UInt16(digits), port > 0 else {
                throw ValueFault("'\(digits)' is not a port from 1 to 65535")
            }
            guard !host.isEmpty, host.utf8.count <= 253, host.utf8.allSatisfy({ (0x21..<0x7f).contains($0) }) else {
                throw ValueFault()
            }
            return .tcp(host: String(host), port: port)
        }
    }

    /// A node's signing key.
    static var nodeKey: ValueKind<PublicKey> {
        let expected = "an Ed25519 public key in base64 (the line between BEGIN and END of a PEM file)"
        return ValueKind<String>.text.then(expected) { text throws(ValueFault) in
            guard let key = PublicKey(text) else { throw ValueFault() }
            return key
        }
    }

    /// SHA-256 of a certificate.
    static var certificatePin: ValueKind<[UInt8]> {
        let expected = "the SHA-256 of a certificate in 64 hexadecimal digits, with colons or without"
        return ValueKind<[UInt8]>(expected) { scalar throws(ValueFault) in
            guard let bytes = Hexadecimal.bytes(scalar.text.filter { $0 != ":" }), bytes.count == 32 else {
                throw ValueFault()
            }
            return bytes
        }
    }

    /// A user of this machine, by name or number.
    static var user: ValueKind<LocalUser> {
        ValueKind<LocalUser>("a user's name or number") { scalar throws(ValueFault) in
            let text = scalar.text
            if DecimalText.isPlain(text), let uid = UInt32(text), uid < .max { return LocalUser(text: text, uid: uid) }
            guard !text.isEmpty, text.utf8.count <= 256, !text.utf8.contains(0), text.utf8.first.map(isDigit) == false
            else { throw ValueFault() }
            guard let entry = getpwnam(text) else { throw ValueFault("this machine has no user '\(text)'") }
            return LocalUser(text: text, uid: entry.pointee.pw_uid)
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}

/// Bytes in hexadecimal digits.
enum Hexadecimal {
    /// Nil unless there are two digits for each byte, and nothing else.
    static func bytes(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(digits[index]), let low = value(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    /// Lower case.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Sixteen digits, as sessions are named.
    static func word(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    private static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

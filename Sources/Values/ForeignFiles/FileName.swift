/// Names of files that are made from text from outside: a unit's serial number, a station's name. Such text is never a
/// path.
///
/// What consists of letters, digits, `-`, `_` and `.`, and does not begin with a dot, stays as it is. Anything else
/// gets `_` in place of what is not allowed, and a digest of the whole text behind it, so that two texts have two
/// names. No name has a slash, a colon (which FAT does not take), a space or anything that a terminal would obey.
public enum FileName {
    /// Bytes of a text that stay; a name has several texts and an ending, and 255 bytes at most.
    private static let longest = 64

    /// The part of a file name that stands for a text.
    public static func part(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let allowed = bytes.map { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }
        let isPlain =
            !bytes.isEmpty && bytes.count <= longest && allowed.allSatisfy(\.self) && bytes[0] != UInt8(ascii: ".")
        if isPlain { return text }
        let kept = zip(bytes, allowed).prefix(longest).map { $1 ? $0 : UInt8(ascii: "_") }
        return "_" + String(decoding: kept, as: UTF8.self) + "_" + digest(bytes)
    }

    /// FNV-1a, 64 bits: it keeps two texts apart, and proves nothing.
    private static func digest(_ bytes: [UInt8]) -> String {
        let sum = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let digits = String(sum, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

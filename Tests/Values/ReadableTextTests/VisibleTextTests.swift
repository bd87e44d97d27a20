import MarkupEscaping
import ReadableText
import Testing

/// What foreign text can do to a terminal or a page: nothing.
struct VisibleTextTests {
    /// Each kind of character that steers a terminal, turns the direction of writing, or cannot be seen.
    static let hostile: [(name: String, text: String)] = controls + marksOfDirection

    private static let controls: [(name: String, text: String)] = [
        ("NUL", "\u{0}"), ("bell", "\u{7}"), ("backspace", "\u{8}"), ("tab", "\t"), ("line feed", "\n"),
        ("carriage return", "\r"), ("CR LF", "\r\n"), ("vertical tab", "\u{b}"), ("form feed", "\u{c}"),
        ("shift out", "\u{e}"), ("CSI", "\u{1b}[2J\u{1b}[1;1H"), ("OSC", "\u{1b}]0;owned\u{7}"),
        ("DCS", "\u{1b}P1$r\u{1b}\\"), ("DEL", "\u{7f}"), ("C1 CSI", "\u{9b}31m"), ("C1 OSC", "\u{9d}52;c;eA==\u{9c}"),
        ("NEL", "\u{85}"), ("line separator", "\u{2028}"), ("paragraph separator", "\u{2029}"),
        ("zero width space", "\u{200b}"), ("joiners", "\u{200c}\u{200d}"), ("word joiner", "\u{2060}"),
        ("byte order mark", "\u{feff}"), ("soft hyphen", "\u{ad}"), ("Arabic letter mark", "\u{61c}"),
        ("Mongolian separator", "\u{180e}"), ("Hangul filler", "\u{3164}"), ("tags", "\u{e0041}\u{e007f}"),
        ("variation selectors", "\u{fe0f}\u{e0100}"), ("private use", "\u{e000}\u{f0000}"),
        ("annotation", "\u{fff9}\u{fffb}"), ("non-characters", "\u{fffe}\u{ffff}"),
        ("invisible operators", "\u{2061}\u{206f}"),
    ]

    private static let marksOfDirection: [(name: String, text: String)] =
        [0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069, 0x200e, 0x200f].compactMap { number in
            Unicode.Scalar(UInt32(number)).map { ("mark of direction", String($0)) }
        }

    @Test(arguments: hostile)
    func `what steers a terminal is shown as an escape`(name: String, text: String) {
        let shown = VisibleText.of("ab\(text)cd")
        #expect(shown.hasPrefix("ab\\") && shown.hasSuffix("cd"), "\(name): \(shown)")
        #expect(!shown.unicodeScalars.contains { $0.isUnseen }, "\(name): \(shown)")
        #expect(VisibleText.of(shown) == shown, "twice is once")
    }

    @Test(arguments: hostile)
    func `a page of angle brackets has none of it`(name: String, text: String) {
        let escaped = MarkupText.escaped("ab\(text)cd")
        #expect(!escaped.unicodeScalars.contains { $0.isUnseen }, "\(name): \(escaped)")
        #expect(escaped.hasPrefix("ab") && escaped.hasSuffix("cd"))
    }

    @Test(arguments: ["NOVA-A-0001", "Müller, Labor 3", "Δν ≤ 1 µW — ±", "東京", "한국", "شبكة", "é", "e\u{301}", "😀"])
    func `what people write stays`(text: String) {
        #expect(VisibleText.of(text) == text)
        #expect(MarkupText.escaped(text) == text)
    }

    @Test func `escapes say which character it was`() {
        #expect(VisibleText.of("a\nb\tc\rd\u{1b}[0m\u{202e}") == "a\\nb\\tc\\rd\\u{1b}[0m\\u{202e}")
    }

    @Test func `a letter carries a few marks, and a mark at the beginning carries nothing`() {
        let marks = String(repeating: "\u{301}", count: 100)
        #expect(VisibleText.of("e" + marks).unicodeScalars.filter { $0 == "\u{301}" }.count == 4)
        #expect(VisibleText.of("\u{301}a") == "\\u{301}a")
    }

    @Test func `of a very long text the beginning and the end are shown, with the number of characters between`() {
        let shown = VisibleText.of(String(repeating: "x", count: 3_000_000) + "end")
        #expect(shown.utf8.count < 2 * VisibleText.limit)
        #expect(shown.hasSuffix("end") && shown.contains(" (2996003 more characters) "))
    }

    @Test func `a document keeps its lines and tabs, and nothing else of the kind`() {
        #expect(VisibleText.lines(of: "a\tb\n\u{9b}c\rd") == "a\tb\n\\u{9b}c\\rd")
    }

    @Test(arguments: [("abc", 3), ("±ξ", 2), ("東京", 4), ("e\u{301}", 1), ("😀", 2), ("", 0)])
    func `letters of East Asia take two columns and marks none`(text: String, width: Int) {
        #expect(TextWidth.of(text) == width)
    }
}

/// Text that comes from elsewhere (a unit, a file, a folder, another user's record, the environment) on its way to a
/// person: what would move the cursor, turn the direction of writing, hide or forge a line is shown as an escape.
public enum VisibleText {
    /// So many characters of one text are shown; more than any honest sentence has.
    public static let limit = 4_000

    /// More marks on one letter than any language sets; a hundred of them paint over the lines above and below.
    private static let marksOnOneLetter = 4

    /// `text` in one line. Escapes look as in Swift: `\n`, `\u{1b}`. Of a text longer than `limit` characters the beginning
    /// and the end are shown: a sentence that quotes it goes on behind it.
    public static func of(_ text: some StringProtocol, limit: Int = limit) -> String {
        let scalars = text.unicodeScalars
        if text.utf8.count <= limit, text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return String(text) }
        let count = scalars.count
        guard count > limit else { return escaped(scalars) }
        let tail = limit / 4
        return escaped(scalars.prefix(limit - tail)) + " … (\(count - limit) more characters) … "
            + escaped(scalars.suffix(tail))
    }

    /// Of a document its lines, of any length, with their tabs.
    public static func lines(of document: String) -> String {
        document.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: "\t", omittingEmptySubsequences: false).map { of($0, limit: .max) }
                .joined(separator: "\t")
        }.joined(separator: "\n")
    }

    private static func escaped(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var shown = String.UnicodeScalarView()
        // A mark at the beginning would sit on a letter that is not of this text.
        var marks = marksOnOneLetter
        for scalar in scalars {
            let isMark = scalar.isCombiningMark
            marks = isMark ? marks + 1 : 0
            if scalar.isUnseen || marks > marksOnOneLetter {
                shown.append(contentsOf: escape(scalar).unicodeScalars)
            } else {
                shown.append(scalar)
            }
        }
        return String(shown)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(scalar.value, radix: 16))}"
        }
    }
}

extension Unicode.Scalar {
    /// Whether it is no letter, figure or sign that a person sees in its place: controls (C0, DEL, C1), marks of direction,
    /// separators of lines and paragraphs, characters without width, fillers, tags, private and unassigned ones.
    public var isUnseen: Bool {
        if value < 0xa0 { return !(0x20..<0x7f).contains(value) }
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: return true
        default: return properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
        }
    }

    /// Whether it is set on the letter before it.
    fileprivate var isCombiningMark: Bool {
        guard value >= 0x300 else { return false }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark: return true
        default: return false
        }
    }
}

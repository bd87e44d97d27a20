internal import ReadableText

/// Text for documents of angle brackets: the one place where what comes from a record or a unit loses its power.
public enum MarkupText {
    /// What becomes of a line feed.
    public enum LineFeed: Sendable {
        /// A space: in HTML and SVG they are the same.
        case space
        /// Kept, as a reference: an attribute of XML loses a bare one.
        case reference
    }

    /// `text` as content or as a quoted attribute of XML, SVG or HTML. Characters that one of them forbids (controls, and
    /// the non-characters U+FFFE and U+FFFF) and those that nobody sees, such as marks of direction, become U+FFFD.
    public static func escaped(_ text: String, lineFeed: LineFeed = .space) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n" where lineFeed == .reference: escaped += "&#10;"
            case "\t", "\n", "\r": escaped += " "
            case _ where scalar.isUnseen: escaped += "\u{fffd}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

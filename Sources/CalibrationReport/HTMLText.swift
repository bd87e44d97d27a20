/// HTML that is written from front to back. Whatever comes from a record is text and is escaped here, in one place.
struct HTMLText {
    private(set) var text = ""

    /// Markup of this program's own.
    mutating func raw(_ markup: String) { text += markup }

    /// An element with text in it.
    mutating func element(_ name: String, _ content: String, class style: String? = nil) {
        text += "<\(name)\(style.map { " class=\"\($0)\"" } ?? "")>\(Self.escape(content))</\(name)>\n"
    }

    /// Names and values, two columns.
    mutating func sheet(_ rows: [(name: String, value: String?)]) {
        raw("<table class=\"sheet\">\n")
        for (name, value) in rows {
            guard let value, !value.isEmpty else { continue }
            raw("<tr><th scope=\"row\">\(Self.escape(name))</th><td>\(Self.escape(value))</td></tr>\n")
        }
        raw("</table>\n")
    }

    /// A table; columns in `numbers` are aligned to the right.
    mutating func table(_ titles: [String], numbers: Set<Int> = [], _ rows: [(style: String, cells: [String])]) {
        let alignment = { (index: Int) in numbers.contains(index) ? " class=\"n\"" : "" }
        raw("<table>\n<thead><tr>")
        for (index, title) in titles.enumerated() {
            raw("<th scope=\"col\"\(alignment(index))>\(Self.escape(title))</th>")
        }
        raw("</tr></thead>\n<tbody>\n")
        for row in rows {
            raw("<tr class=\"\(row.style)\">")
            // A single cell is a note on what is above it.
            let span = row.cells.count == 1 ? " colspan=\"\(titles.count)\"" : ""
            for (index, cell) in row.cells.enumerated() {
                raw("<td\(span)\(alignment(index))>\(Self.escape(cell))</td>")
            }
            raw("</tr>\n")
        }
        raw("</tbody>\n</table>\n")
    }

    /// Text as text; control characters, which HTML forbids, as the replacement character.
    static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped += " "
            case _ where scalar.value < 32 || (127...159).contains(scalar.value): escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}

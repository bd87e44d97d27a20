internal import MarkupEscaping

/// HTML that is written from front to back. Whatever comes from a record is text and is escaped here.
struct HTMLText {
    private(set) var text = ""

    /// Markup of this program's own.
    mutating func raw(_ markup: String) { text += markup }

    /// An element with text in it.
    mutating func element(_ name: String, _ content: String, class style: String? = nil) {
        text += "<\(name)\(style.map { " class=\"\($0)\"" } ?? "")>\(MarkupText.escaped(content))</\(name)>\n"
    }

    /// Names and values, two columns.
    mutating func sheet(_ rows: [(name: String, value: String?)]) {
        raw("<table class=\"sheet\">\n")
        for (name, value) in rows {
            guard let value, !value.isEmpty else { continue }
            raw("<tr><th scope=\"row\">\(MarkupText.escaped(name))</th><td>\(MarkupText.escaped(value))</td></tr>\n")
        }
        raw("</table>\n")
    }

    /// A table; columns in `numbers` are aligned to the right.
    mutating func table(_ titles: [String], numbers: Set<Int> = [], _ rows: [(style: String, cells: [String])]) {
        let alignment = { (index: Int) in numbers.contains(index) ? " class=\"n\"" : "" }
        raw("<table>\n<thead><tr>")
        for (index, title) in titles.enumerated() {
            raw("<th scope=\"col\"\(alignment(index))>\(MarkupText.escaped(title))</th>")
        }
        raw("</tr></thead>\n<tbody>\n")
        for row in rows {
            raw("<tr class=\"\(row.style)\">")
            // A single cell is a note on what is above it.
            let span = row.cells.count == 1 ? " colspan=\"\(titles.count)\"" : ""
            for (index, cell) in row.cells.enumerated() {
                raw("<td\(span)\(alignment(index))>\(MarkupText.escaped(cell))</td>")
            }
            raw("</tr>\n")
        }
        raw("</tbody>\n</table>\n")
    }
}

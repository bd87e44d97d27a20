import ReadableText

/// A table for so many columns of a terminal. Sentences go on in the next line; if that is not enough, the columns of least
/// importance are left out, and a line below says which.
struct TableLayout {
    /// A sentence in fewer columns is no longer read as one.
    static let leastSentence = 16

    private static let gap = 2
    private let table: Table
    private let rows: [[String]]
    private let shown: [Int]
    private let widths: [Int]

    init(_ table: Table, width: Int?) {
        self.table = table
        let rows = table.rows.map { row in
            table.columns.indices.map { $0 < row.count ? VisibleText.of(row[$0]) : "" }
        }
        self.rows = rows
        let natural = table.columns.indices.map { column in
            rows.map { TextWidth.of($0[column]) }.reduce(TextWidth.of(table.columns[column].title), max)
        }
        guard let width else {
            (shown, widths) = (Array(table.columns.indices), natural)
            return
        }
        let least = table.columns.indices.map { index in
            table.columns[index].wraps
                ? min(natural[index], max(TextWidth.of(table.columns[index].title), Self.leastSentence)) : natural[index]
        }
        var kept = Array(table.columns.indices)
        while Self.sum(kept, least) > width, let next = Self.leastImportant(kept, table) { kept.remove(at: next) }
        var widths = least
        // What is left goes to the sentences.
        for index in kept where table.columns[index].wraps {
            widths[index] += max(0, min(natural[index] - least[index], width - Self.sum(kept, widths)))
        }
        // Nothing may be left out any more: the widest gives way.
        while Self.sum(kept, widths) > width, let widest = kept.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8 {
            widths[widest] -= 1
        }
        (shown, self.widths) = (kept, widths)
    }

    var text: String {
        let lines = [line(table.columns.map(\.title))] + rows.map(line)
        let missing = table.columns.indices.filter { !shown.contains($0) }.map { table.columns[$0].title }
        return (lines + (missing.isEmpty ? [] : ["(no room here for \(missing.joined(separator: ", ")))"]))
            .joined(separator: "\n")
    }

    private func line(_ cells: [String]) -> String {
        let wrapped = shown.map { TextWrap.lines(cells[$0], widths[$0]) }
        return (0..<(wrapped.map(\.count).max() ?? 1)).map { row in
            var text = ""
            for (place, index) in shown.enumerated() {
                let cell = row < wrapped[place].count ? wrapped[place][row] : ""
                let fill = String(repeating: " ", count: max(0, widths[index] - TextWidth.of(cell)))
                text += (place == 0 ? "" : String(repeating: " ", count: Self.gap))
                text += table.columns[index].alignment == .right ? fill + cell : cell + fill
            }
            while text.last == " " { text.removeLast() }
            return text
        }.joined(separator: "\n")
    }

    private static func sum(_ columns: [Int], _ widths: [Int]) -> Int {
        columns.reduce(0) { $0 + widths[$1] } + gap * max(0, columns.count - 1)
    }

    /// Of equal ones the last.
    private static func leastImportant(_ kept: [Int], _ table: Table) -> Int? {
        guard let least = kept.map({ table.columns[$0].importance }).min(), least < .essential else { return nil }
        return kept.lastIndex { table.columns[$0].importance == least }
    }
}

/// Text in lines of so many columns: broken between words, and within one only if it alone is too long.
enum TextWrap {
    static func lines(_ text: String, _ width: Int) -> [String] {
        guard width > 0, TextWidth.of(text) > width else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            let longer = line.isEmpty ? String(word) : line + " " + word
            if TextWidth.of(longer) <= width {
                line = longer
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = String(word)
            while TextWidth.of(line) > width {
                let part = prefix(line, width)
                lines.append(part)
                line = String(line.dropFirst(part.count))
            }
        }
        return lines + (line.isEmpty && !lines.isEmpty ? [] : [line])
    }

    /// The beginning of a line that is too long: whole words where there are any, and a sign that it goes on.
    static func beginning(_ text: String, _ width: Int) -> String {
        guard TextWidth.of(text) > width, width > 1 else { return text }
        let part = prefix(text, width - 1)
        let words = part.lastIndex(of: " ").map { part[..<$0] }
        return (words.map { $0.count > part.count / 2 ? String($0) : part } ?? part) + "…"
    }

    /// At least one character, or nothing would ever be done.
    private static func prefix(_ text: String, _ width: Int) -> String {
        var (part, used) = ("", 0)
        for character in text {
            used += TextWidth.of(character)
            if used > width, !part.isEmpty { break }
            part.append(character)
        }
        return part
    }
}

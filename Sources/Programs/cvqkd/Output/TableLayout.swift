import ReadableText

/// A table for so many columns of a terminal. Sentences go on in the next line; if that is not enough, the columns of least
/// importance are left out, and a line below says which.
struct TableLayout {
    /// A sentence in fewer columns is no longer read as one.
    static let leastSentence = 16
    /// Longer words are paths and numbers in hexadecimal, which may be broken.
    private static let longWord = 24

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
        // A sentence is not made narrower than its longest word, if that is no monster.
        let least = table.columns.indices.map { index in
            guard table.columns[index].wraps else { return natural[index] }
            let words = rows.flatMap { $0[index].split(separator: " ") }.map { TextWidth.of($0) }.max() ?? 0
            return min(natural[index], max(TextWidth.of(table.columns[index].title), min(words, Self.longWord)))
        }
        var kept = Array(table.columns.indices)
        while Self.sum(kept, least) > width, let next = Self.leastImportant(kept, table) { kept.remove(at: next) }
        var widths = least
        // What is left goes to the sentences, the narrowest first.
        while Self.sum(kept, widths) < width,
            let next = kept.filter({ widths[$0] < natural[$0] }).min(by: { widths[$0] < widths[$1] })
        {
            widths[next] += 1
        }
        // Nothing may be left out any more: the widest gives way.
        while Self.sum(kept, widths) > width, let widest = kept.max(by: { widths[$0] < widths[$1] }), widths[widest] > 8
        {
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

/// Lays text out in columns for a terminal. Pure: the tests compare its output with literal tables.
struct Table {
    enum Alignment { case left, right }

    struct Column {
        let title: String
        let alignment: Alignment

        init(_ title: String, _ alignment: Alignment = .left) {
            self.title = title
            self.alignment = alignment
        }
    }

    let columns: [Column]
    var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// The table with its titles; the last column is not padded, so no line ends in spaces.
    var text: String { ([columns.map(\.title)] + rows).map(line).joined(separator: "\n") }

    private func line(_ cells: [String]) -> String {
        let padded = columns.indices.map { index in
            let cell = index < cells.count ? cells[index] : ""
            let fill = String(repeating: " ", count: max(0, width(index) - cell.count))
            return columns[index].alignment == .right ? fill + cell : cell + fill
        }
        var text = padded.joined(separator: "  ")
        while text.last == " " { text.removeLast() }
        return text
    }

    private func width(_ column: Int) -> Int {
        ([columns[column].title] + rows.compactMap { column < $0.count ? $0[column] : nil }).map(\.count).max() ?? 0
    }
}

/// Names on the left, values on the right; for one unit or one session.
struct Sheet {
    private var rows: [(name: String, value: String)] = []

    /// Adds a line; an absent value adds none.
    mutating func add(_ name: String, _ value: String?) {
        if let value { rows.append((name: name, value: value)) }
    }

    /// The lines.
    var text: String {
        let width = rows.map(\.name.count).max() ?? 0
        return rows.map { $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }
            .joined(separator: "\n")
    }
}

import ReadableText

/// Text in columns. Pure: tests compare it with literal tables. Cells are of anybody's making: each is one line, without
/// controls. On a terminal it fits the width (`TableLayout`); elsewhere all of it is written.
struct Table: Sendable {
    enum Alignment: Sendable { case left, right }

    /// What becomes of a column when the terminal is narrow.
    enum Importance: Int, Comparable, Sendable {
        /// Left out first.
        case detail
        /// Left out if that is not enough.
        case useful
        /// Stays.
        case essential

        static func < (first: Importance, second: Importance) -> Bool { first.rawValue < second.rawValue }
    }

    struct Column: Sendable {
        let title: String
        let alignment: Alignment
        let importance: Importance
        /// Whether its cells are sentences, which may go on in the next line.
        let wraps: Bool

        init(
            _ title: String, _ alignment: Alignment = .left, _ importance: Importance = .essential, wraps: Bool = false
        ) {
            self.title = title
            self.alignment = alignment
            self.importance = importance
            self.wraps = wraps
        }
    }

    let columns: [Column]
    var rows: [[String]] = []

    init(_ columns: [Column]) { self.columns = columns }

    /// The table with its titles, for a page.
    var text: Page { Page(self) }

    /// For so many columns; the last one is not padded, so no line ends in spaces.
    func text(columns width: Int?) -> String { TableLayout(self, width: width).text }
}

/// Names on the left, values on the right; for one unit or one session.
struct Sheet: Sendable {
    private var rows: [(name: String, value: String)] = []

    /// Adds a line; an absent value adds none.
    mutating func add(_ name: String, _ value: String?) {
        if let value { rows.append((name: VisibleText.of(name), value: VisibleText.of(value))) }
    }

    /// Adds several lines, the name before the first.
    mutating func add(_ name: String, lines: [String]) {
        for (index, line) in lines.enumerated() { add(index == 0 ? name : "", line) }
    }

    /// The lines, for a page.
    var text: Page { Page(self) }

    /// Values that are too long for the terminal go on below themselves.
    func text(columns: Int?) -> String {
        let names = (rows.map { TextWidth.of($0.name) }.max() ?? 0) + 2
        let room = columns.map { $0 - names }
        return rows.flatMap { row in
            let values =
                room.map { $0 < TableLayout.leastSentence ? [row.value] : TextWrap.lines(row.value, $0) } ?? [row.value]
            return values.enumerated().map { index, value in
                let name = index == 0 ? row.name : ""
                return name + String(repeating: " ", count: names - TextWidth.of(name)) + value
            }
        }.joined(separator: "\n")
    }
}

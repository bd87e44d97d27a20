import ReadableText

/// What a person reads: lines, tables and sheets. Nothing else goes to a terminal, and whatever is put into a page's sentence
/// loses its power there: a value in `"\(value)"` is shown in one line, with its controls as escapes (`VisibleText`). Only
/// what stands literally in this program, and other pages, keep their line feeds.
struct Page: ExpressibleByStringInterpolation, Sendable {
    enum Part: Sendable {
        case text(String)
        /// Lines that stay as they are, however narrow the terminal is.
        case picture(String)
        case table(Table)
        case sheet(Sheet)
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var parts: [Part] = []

        init(literalCapacity: Int, interpolationCount: Int) {}

        mutating func appendLiteral(_ literal: String) { parts.append(.text(literal)) }
        mutating func appendInterpolation(_ page: Page) { parts += page.parts }
        mutating func appendInterpolation(_ table: Table) { parts.append(.table(table)) }
        mutating func appendInterpolation(_ sheet: Sheet) { parts.append(.sheet(sheet)) }
        mutating func appendInterpolation(_ value: some CustomStringConvertible) {
            parts.append(.text(VisibleText.of(value.description)))
        }
    }

    private(set) var parts: [Part]

    init(stringInterpolation: StringInterpolation) { parts = stringInterpolation.parts }
    init(stringLiteral text: String) { parts = [.text(text)] }
    init(_ table: Table) { parts = [.table(table)] }
    init(_ sheet: Sheet) { parts = [.sheet(sheet)] }

    /// A picture that this program drew in letters: its lines stay, what is in them is shown.
    init(picture: String) {
        parts = [.picture(VisibleText.lines(of: picture))]
    }

    /// As it is written where there is room.
    var text: String { text(columns: nil) }

    /// As a terminal of so many columns shows it, with sentences broken between words; all of it, in whole lines, if it goes
    /// to no terminal.
    func text(columns: Int?) -> String {
        var (written, sentences) = ("", "")
        func write(_ text: String) {
            written += (columns.map { TextWrap.paragraphs(sentences, $0) } ?? sentences) + text
            sentences = ""
        }
        for part in parts {
            switch part {
            case .text(let text): sentences += text
            case .picture(let picture): write(picture)
            case .table(let table): write(table.text(columns: columns))
            case .sheet(let sheet): write(sheet.text(columns: columns))
            }
        }
        write("")
        return written
    }

    /// In one line.
    var line: String { VisibleText.of(text) }

    static func + (first: Page, second: Page) -> Page {
        var page = first
        page.parts += second.parts
        return page
    }

    static func += (first: inout Page, second: Page) { first.parts += second.parts }
}

extension Page: Equatable {
    static func == (first: Page, second: Page) -> Bool { first.text == second.text }
}

extension Sequence<Page> {
    /// One page of several.
    func joined(separator: Page) -> Page {
        var all: Page = ""
        for (index, page) in enumerated() { all = index == 0 ? page : all + separator + page }
        return all
    }
}

extension Sequence<String> {
    /// A line each.
    var lines: Page { map { "\($0)" as Page }.joined(separator: "\n") }
}

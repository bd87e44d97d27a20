import ReadableText
import Testing

@testable import cvqkd

/// Everything that people read goes through a page.
struct PageTests {
    private static let forged = "x\nRECORD  ok\u{1b}[2J\u{202e}"
    private static let shown = "x\\nRECORD  ok\\u{1b}[2J\\u{202e}"

    @Test func `a value in a page is one line without controls, and what stands there literally keeps its lines`() {
        let page: Page = "first\n\(Self.forged)\nlast"
        #expect(page.text == "first\n\(Self.shown)\nlast")
        #expect(([Self.forged, "b"].lines).text == "\(Self.shown)\nb")
    }

    @Test func `cells, names and values are one line each`() {
        var table = Table([.init("A"), .init("B")])
        table.rows = [[Self.forged, "1"], ["y"]]
        #expect(table.text.text.split(separator: "\n").count == 3)
        var sheet = Sheet()
        sheet.add(Self.forged, Self.forged)
        sheet.add("b", "1")
        #expect("\(sheet)\n\(table)" == sheet.text + "\n" + table.text)
        #expect(sheet.text.text.split(separator: "\n").count == 2)
        for text in [table.text.text, sheet.text.text] {
            #expect(!text.unicodeScalars.contains { $0.isUnseen && $0 != "\n" })
        }
    }

    @Test func `a live line is one line without controls`() {
        #expect(LiveLine.text([.init(Self.forged)], columns: nil) == Self.shown)
    }

    @Test(arguments: 20...200)
    func `a table fits any width, and a word is broken only if it is longer than a line has room for`(width: Int) {
        var table = Table([
            .init("UNIT"), .init("NO", .right, .detail), .init("ENDED", .left, .useful), .init("WHY", wraps: true),
        ])
        table.rows = [
            ["NOVA-B-1", "7", "2026-11-30T16:11:39Z", "the shot noise is far below what the record has"],
            ["NOVA-A-1", "12", "2026-11-30T16:11:20Z", "ok"],
        ]
        let lines = table.text(columns: width).split(separator: "\n").map(String.init)
        for line in lines { #expect(TextWidth.of(line) <= max(width, 24) || line.hasPrefix("(no room"), "\(line)") }
        let words = Set(lines.joined(separator: " ").split(separator: " "))
        for word in "the shot noise is far below what the record has".split(separator: " ") {
            #expect(words.contains(word))
        }
        #expect(width < 70 || table.text(columns: width) == table.text(columns: width, 0), "\(lines)")
    }

    @Test func `the least important columns go first, and are named`() {
        var table = Table([.init("A"), .init("B", .left, .useful), .init("C", .left, .detail)])
        table.rows = [["aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc"]]
        #expect(table.text(columns: 34) == "A           B           C\naaaaaaaaaa  bbbbbbbbbb  cccccccccc")
        #expect(table.text(columns: 33) == "A           B\naaaaaaaaaa  bbbbbbbbbb\n(no room here for C)")
        #expect(table.text(columns: 21) == "A\naaaaaaaaaa\n(no room here for B, C)")
        #expect(table.text(columns: nil) == table.text(columns: 34))
    }

    @Test func `a sheet's long values go on below themselves, and a command to copy stays in one line`() {
        var sheet = Sheet()
        sheet.add("a", "there is no calibration of it. 'cvqkd calibrate bob NOVA-B-0001' makes one")
        #expect(
            sheet.text(columns: 44) == """
                a  there is no calibration of it.
                   'cvqkd calibrate bob NOVA-B-0001' makes
                   one
                """)
        #expect(!sheet.text(columns: nil).contains("\n"))
    }

    @Test func `sentences are broken between words, and a command never`() {
        let command = "'cvqkd calibrate pair --alice NOVA-A-0001 --bob NOVA-B-0001'"
        let page: Page = "Error: it is due; \(command) repeats it.\n  kept"
        #expect(
            page.text(columns: 64) == """
                Error: it is due;
                  'cvqkd calibrate pair --alice NOVA-A-0001 --bob NOVA-B-0001'
                  repeats it.
                  kept
                """)
        #expect(
            page.text(columns: 30) == """
                Error: it is due;
                  'cvqkd calibrate pair --alice NOVA-A-0001 --bob NOVA-B-0001'
                  repeats it.
                  kept
                """)
        #expect(page.text(columns: nil) == page.text && !page.text.contains(";\n"))
        let picture = Page(picture: "####################  ####################")
        #expect(picture.text(columns: 20) == picture.text)
    }

    @Test func `a narrow terminal shows the estimate and what is wrong, and a log all`() {
        let fields: [LiveLine.Field] = [
            .init("01:02"), .init("A 0.909 B 0.909 MSymbol/s", .detail), .init("no gaps", .useful),
            .init("CRC errors 0", .detail), .init("delay 2", .detail), .init("T 0.3152 ± 0.0013"),
            .init("ξ_in 0.008 ± 0.026 SNU"),
        ]
        #expect(LiveLine.text(fields, columns: 79) == "01:02  no gaps  T 0.3152 ± 0.0013  ξ_in 0.008 ± 0.026 SNU")
        #expect(LiveLine.text(fields, columns: 50) == "01:02  T 0.3152 ± 0.0013  ξ_in 0.008 ± 0.026 SNU")
        #expect(LiveLine.text(fields, columns: nil).contains("delay 2"))
        #expect(LiveLine.text([.init("word by word")], columns: 9) == "word by…")
    }
}

extension Table {
    /// As wide as it is by nature, if that is not more than so much.
    fileprivate func text(columns: Int, _: Int) -> String {
        let all = text(columns: nil)
        return all.split(separator: "\n").allSatisfy { TextWidth.of($0) <= columns } ? all : text(columns: columns)
    }
}

import CalibrationRecords
import CalibrationReport
import Foundation
import Testing

/// The page: whole, of valid HTML, and with nothing in it that a record could smuggle in.
struct ReportTests {
    private func page(_ record: CalibrationRecord) throws -> String {
        let bench = try Bench()
        let stored = try bench.store.add(record)
        let html = CalibrationReport(stored, try bench.store.contents(), written: Bench.now + 60).html
        // For people: Scripts/look-at-report.
        if let folder = ProcessInfo.processInfo.environment["CVQKD_KEEP_REPORTS"] {
            try html.write(
                toFile: "\(folder)/\(record.procedure)-\(record.outcome).html", atomically: true, encoding: .utf8)
        }
        return html
    }

    @Test func `a full record fills every section, and refers to nothing outside`() throws {
        let html = try page(FullRecord.make())
        for wanted in [
            "EMULATED", "Results", "Curves", "Uncertainty budget", "Raw sums", "Conditions", "Validity",
            "Signature and chain", "MARGINAL", "Linearity", "Allan deviation", "Histogram against the Gaussian",
            "Noise spectrum", "Excess noise over time", "8 (10)", "10.4140", "kim", "bench", "0.1.0", "whole",
            "stated by the unit", "20,000,000",
        ] { #expect(html.contains(wanted), "\(wanted)") }
        #expect(html.components(separatedBy: "<figure>").count - 1 == 5)
        let outside = html.replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "")
        for forbidden in ["http:", "https:", "<script", "<link", "<img", "@import", "url("] {
            #expect(!outside.contains(forbidden), "\(forbidden)")
        }
    }

    /// JSON holds any number, and whoever may sign may write it: a page has to come out, or a refusal.
    @Test(arguments: [Double.infinity, .nan, .greatestFiniteMagnitude, .leastNonzeroMagnitude, -1e300, 0])
    func `numbers that no instrument finds do not stop the page`(_ odd: Double) throws {
        var record = FullRecord.make()
        record.phases[0].duration = odd
        for index in record.phases[0].measurements.indices {
            record.phases[0].measurements[index].sigma = odd
            if index > 0 { record.phases[0].measurements[index].value = odd }
        }
        for index in record.curves.indices where !record.curves[index].y.isEmpty {
            record.curves[index].x[0] = odd
            record.curves[index].y[0] = odd
            record.curves[index].y[1] = -odd
        }
        record.budget[0].sigma = odd
        record.rawSums[0].sum = .min
        record.rawSums[0].localOscillatorPower = odd
        record.conditions[0].atStart = odd
        #expect(try page(record).contains("</html>"))
    }

    @Test func `the outcome stays in view on a phone, what failed is named, and a note is not marked as a failure`()
        throws
    {
        var record = FullRecord.make()
        record.phases[0].outcome = .fail
        record.phases[0].note = "how it was measured"
        record.phases[0].measurements[0].outcome = .fail
        record.phases[0].measurements[0].name = "noiseRatio"
        let html = try page(record)
        // A sticky element stays only as long as what it is in.
        #expect(html.contains("</header>\n<p class=\"verdict\"><span class=\"outcome"))
        #expect(html.contains("p.verdict { position: sticky; top: 0;"))
        #expect(html.contains(": noise ratio</td>"))
        #expect(html.contains("<tr class=\"note\"><td colspan=\"7\">how it was measured</td></tr>"))
    }

    @Test func `xmllint finds no fault in the page`() throws {
        let file = "/tmp/cvqkd-report-\(getpid()).html"
        try page(FullRecord.make()).write(toFile: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(atPath: file) }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/xmllint")
        process.arguments = ["--html", "--noout", file]
        process.standardError = pipe
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        // Its parser is of HTML 4 and knows neither sections nor figures nor SVG.
        let faults = text.split(separator: "\n").filter { $0.contains("error") && !$0.contains("Tag") }
        #expect(faults.isEmpty, "\(faults)")
    }

    @Test func `what stands in a record is text`() throws {
        var record = FullRecord.make(serial: "<script>alert('x')</script>")
        record.operatorName = "\"><img src=x onerror=alert(1)>"
        record.curves[0].xLabel = "</svg><script>"
        record.remarks = ["a & b\u{0}\u{1b}[31m"]
        let html = try page(record)
        #expect(!html.contains("<script") && !html.contains("<img"))
        #expect(html.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
        #expect(
            html.contains("a &amp; b") && !html.unicodeScalars.contains("\u{1b}")
                && !html.unicodeScalars.contains("\u{0}"))
    }

    @Test func `a record with next to nothing still makes a page`() throws {
        var record = Samples.bob()
        record.phases = []
        record.outcome = .incomplete
        record.validity = nil
        record.curves = [.init(name: "allan", xLabel: "t", yLabel: "σ", x: [1, 2], y: [.nan, 0])]
        record.rawSums = [.init(kind: "dark", quadrature: "x", samples: 0, sum: 0, sumOfSquares: 0, clipped: 0)]
        let html = try page(record)
        #expect(html.contains("INCOMPLETE") && html.contains("does not say how long it holds"))
    }

    @Test func `damage of the chain and a strange signer are on the page`() throws {
        let bench = try Bench()
        let first = try bench.store.add(Samples.bob())
        let second = try bench.store.add(Samples.bob(ended: Bench.now + 1))
        try FileManager.default.removeItem(atPath: bench.file(first))
        let html = CalibrationReport(second, try bench.store.contents(), written: Bench.now + 60).html
        #expect(html.contains("is missing") && !html.contains("<td>whole</td>"))
    }
}

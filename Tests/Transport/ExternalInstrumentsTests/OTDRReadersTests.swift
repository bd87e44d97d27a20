import ExternalInstruments
import Foundation
import PythonScripts
import Testing

/// What two readers that others wrote (`pyotdr` and `otdrparser` of PyPI) find in the same file. Our writer and our
/// reader could share a misunderstanding of the format; these share nothing with them.
struct OTDRReadersTests {
    struct Figures: Decodable {
        struct Event: Decodable {
            var position: Double
            var loss: Double
            var slope: Double
            var reflectance: Double
            var comment: String
        }
        var events: [Event]
        var points: Int
        var groupIndex: Double
        var totalLoss: Double?
        var returnLoss: Double?
        var wholeChecksum: Bool?
    }

    /// Positions in m, slopes in dB/m. `pyotdr` prints positions to a metre; `otdrparser` knows version 2 only.
    static let scripts = [
        "pyotdr": """
        import contextlib, io, json, os, sys
        from pyotdr.read import sorparse
        with contextlib.redirect_stdout(io.StringIO()):
            status, found, _ = sorparse(sys.argv[1])
        assert status == "ok", status
        events = found["KeyEvents"]
        lines = [events[f"event {n + 1}"] for n in range(events["num events"])]
        print(json.dumps({
            "events": [{"position": 1000 * float(e["distance"]), "loss": float(e["splice loss"]),
                "slope": float(e["slope"]) / 1000, "reflectance": float(e["refl loss"]),
                "comment": e["comments"].strip()} for e in lines],
            "points": found["DataPts"]["num data points"], "groupIndex": float(found["FxdParams"]["index"]),
            "totalLoss": events["Summary"]["total loss"], "returnLoss": events["Summary"]["ORL"],
            "wholeChecksum": found["Cksum"]["match"]}))
        """,
        "otdrparser": """
        import json, sys
        import otdrparser
        with open(sys.argv[1], "rb") as file:
            blocks = {block["name"]: block for block in otdrparser.parse(file)}
        print(json.dumps({
            "events": [{"position": e["distance_of_travel"], "loss": e["splice_loss"], "slope": e["slope"] / 1000,
                "reflectance": e["reflection_loss"], "comment": e["comment"]} for e in blocks["KeyEvents"]["events"]],
            "points": blocks["DataPts"]["number_of_data_points"],
            "groupIndex": blocks["FxdParams"]["index_of_refraction"]}))
        """,
    ]

    @Test(arguments: [("pyotdr", 1), ("pyotdr", 2), ("otdrparser", 2)])
    func `readers by others find the same figures`(reader: String, version: Int) throws {
        let (bytes, _) = try OTDRFileTests.make(version: version)
        let file = try OTDRFile(parsing: bytes)
        let theirs = try Self.read(bytes, try #require(Self.scripts[reader]))
        #expect(file.events.count == 4)
        #expect(theirs.events.count == file.events.count)
        for (ours, event) in zip(file.events, theirs.events) {
            #expect(abs(ours.position - event.position) < 0.6)
            #expect(abs(ours.loss - event.loss) < 1e-9)
            #expect(abs(ours.slope - event.slope) < 1e-9)
            #expect(abs((ours.reflectance ?? 0) - event.reflectance) < 1e-9)
            #expect(ours.comment == event.comment)
        }
        #expect(file.trace?.levels.count == theirs.points)
        #expect(abs(file.acquisition.groupIndex - theirs.groupIndex) < 1e-9)
        guard reader == "pyotdr" else { return }
        #expect(try abs(#require(file.totalLoss) - #require(theirs.totalLoss)) < 1e-9)
        #expect(try abs(#require(file.returnLoss) - #require(theirs.returnLoss)) < 1e-9)
        #expect(file.checksum == .matches)
        #expect(theirs.wholeChecksum == true)
    }

    private static func read(_ bytes: [UInt8], _ script: String) throws -> Figures {
        let path = "/tmp/cvqkd-otdr-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sor"
        try Data(bytes).write(to: URL(filePath: path))
        defer { unlink(path) }
        let figures = try Python.output(of: script, path)
        return try JSONDecoder().decode(Figures.self, from: Data(figures.utf8))
    }
}

import ExternalInstruments
import Foundation
import PowerMeterProcess
import Testing

/// Files made by a writer in Python that knows the format only from its description.
struct OTDRFileTests {
    /// What the writer says that it wrote.
    struct Truth: Decodable {
        struct Event: Decodable {
            var position: Double
            var loss: Double
        }
        var length: Double
        var totalLoss: Double
        var returnLoss: Double
        var points: Int
        var events: [Event]
    }

    static func make(version: Int, defect: String? = nil) throws -> (bytes: [UInt8], truth: Truth) {
        let path = "/tmp/cvqkd-otdr-\(getpid())-\(UInt32.random(in: 0...UInt32.max)).sor"
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            [
                "python3", PowerMeterProcess.instruments.appending(path: "make_sor.py").path, path, "--version",
                "\(version)",
            ]
            + (defect.map { ["--defect", $0] } ?? [])
        process.standardOutput = pipe
        try process.run()
        let truth = try JSONDecoder().decode(Truth.self, from: pipe.fileHandleForReading.readDataToEndOfFile())
        defer { unlink(path) }
        return ([UInt8](try #require(FileManager.default.contents(atPath: path))), truth)
    }

    @Test(arguments: [1, 2]) func `both versions of the format are read`(version: Int) throws {
        let (bytes, truth) = try Self.make(version: version)
        let file = try OTDRFile(parsing: bytes)
        #expect(file.formatVersion == Double(version))
        #expect(file.checksum == .matches)
        #expect(file.remarks.isEmpty, "\(file.remarks)")
        // Times have steps of 100 ps, 2 cm of fibre.
        #expect(try abs(#require(file.length) - truth.length) < 0.03)
        #expect(try abs(#require(file.totalLoss) - truth.totalLoss) < 0.001)
        #expect(try abs(#require(file.lossOfEvents) - truth.totalLoss) < 0.002)
        #expect(try abs(#require(file.returnLoss) - truth.returnLoss) < 1e-9)
        #expect(file.events.count == truth.events.count)
        for (event, expected) in zip(file.events, truth.events) {
            #expect(abs(event.position - expected.position) < 0.03)
            #expect(abs(event.loss - expected.loss) < 0.0006)
        }
        #expect(file.events.map(\.kind) == [.reflective, .reflective, .nonReflective, .reflective])
        #expect(file.events.map(\.isEnd) == [false, false, false, true])
        #expect(file.events[2].reflectance == nil)
        #expect(try abs(#require(file.events[1].reflectance) + 48.2) < 1e-9)
        #expect(file.events[1].comment == "connector")
        #expect(abs(file.acquisition.wavelength - 1550e-9) < 1e-13)
        #expect(abs(file.acquisition.groupIndex - 1.468) < 1e-9)
        #expect(abs(file.acquisition.pulseWidths[0] - 100e-9) < 1e-15)
        #expect(file.general.cable == "ring north")
        #expect(file.general.locationB == "Spítal")
        #expect(file.general.fibreType == (version == 2 ? 652 : nil))
        #expect(file.general.operatorName == "kim")
        #expect(file.instrument.identification == "Fabrikam, TD-9, S100, M1550, MS7")
        let trace = try #require(file.trace)
        #expect(trace.levels.count == truth.points)
        #expect(abs(trace.spacing - 10) < 1e-5)
        // From 6 to 11 km there is fibre of 0.189 dB/km and nothing else.
        #expect(abs(Double(trace.levels[1100]) - Double(trace.levels[600]) - 945) <= 2)
        #expect(trace.step == 1e-3)
    }

    @Test(arguments: [1, 2]) func `a changed file is read, and its checksum says so`(version: Int) throws {
        let file = try OTDRFile(parsing: Self.make(version: version, defect: "changed").bytes)
        guard case .differs(let stated, let computed) = file.checksum else {
            Issue.record("\(file.checksum)")
            return
        }
        #expect(stated != computed)
        #expect(file.totalLoss != nil)
    }

    @Test func `a file without checksum, language or ORL is read`() throws {
        #expect(try OTDRFile(parsing: Self.make(version: 2, defect: "no-checksum").bytes).checksum == .absent)
        let file = try OTDRFile(parsing: Self.make(version: 2, defect: "no-language").bytes)
        // "ri" of "ring north" could be a language: then texts are shifted, and nothing else.
        #expect(file.totalLoss != nil)
        #expect(try OTDRFile(parsing: Self.make(version: 2, defect: "no-orl").bytes).returnLoss == nil)
    }

    @Test func `a file without events has no loss and says why`() throws {
        let file = try OTDRFile(parsing: Self.make(version: 2, defect: "no-events").bytes)
        #expect(file.totalLoss == nil)
        #expect(file.length == nil)
        #expect(file.remarks == ["there is no block KeyEvents"])
        #expect(file.trace != nil)
    }

    @Test func `files that give nothing are refused with the reason`() throws {
        #expect(throws: OTDRError.cutOff(block: "DataPts")) {
            try OTDRFile(parsing: Self.make(version: 2, defect: "cut").bytes)
        }
        #expect(throws: OTDRError.missing(block: "FxdParams")) {
            try OTDRFile(parsing: Self.make(version: 1, defect: "no-fixed").bytes)
        }
        #expect(throws: OTDRError.notAnOTDRFile) { try OTDRFile(parsing: []) }
        #expect(throws: OTDRError.notAnOTDRFile) { try OTDRFile(parsing: Array("Map\0".utf8)) }
        #expect(throws: OTDRError.notAnOTDRFile) { try OTDRFile(parsing: [UInt8](repeating: 0, count: 100_000)) }
        #expect(throws: OTDRError.notAnOTDRFile) { try OTDRFile(parsing: Array(repeating: 0xFF, count: 5000)) }
    }

    @Test(arguments: [1, 2]) func `every beginning of a file is refused or read, never worse`(version: Int) throws {
        let (bytes, _) = try Self.make(version: version)
        for count in stride(from: 0, to: bytes.count, by: 37) {
            // One that is read says that it is not whole.
            guard let file = try? OTDRFile(parsing: Array(bytes[..<count])) else { continue }
            #expect(file.checksum != .matches, "\(count) of \(bytes.count) bytes")
        }
        #expect(throws: OTDRError.self) { try OTDRFile(parsing: Array(bytes[..<37])) }
    }

    @Test(arguments: [1, 2]) func `a damaged byte anywhere does no harm, and the checksum sees it`(version: Int) throws
    {
        let (bytes, _) = try Self.make(version: version)
        var unseen = 0
        for index in stride(from: 0, to: bytes.count, by: bytes.count < 600 ? 1 : 5) {
            var damaged = bytes
            damaged[index] ^= 0xFF
            // In the map, a damaged name of the checksum's block hides it; elsewhere 16 bits see every damaged byte.
            if let file = try? OTDRFile(parsing: damaged), file.checksum == .matches { unseen += 1 }
        }
        #expect(unseen == 0)
    }

    @Test func `a stated loss that the events contradict is remarked`() throws {
        var bytes = try Self.make(version: 2).bytes
        // The stated loss, 4,253 thousandths of dB, occurs once.
        let stated: [UInt8] = [0x9D, 0x10, 0, 0]
        let at = try #require(bytes.indices.dropLast(4).first { Array(bytes[$0..<$0 + 4]) == stated })
        bytes.replaceSubrange(at..<at + 4, with: [0x10, 0x27, 0, 0])
        let file = try OTDRFile(parsing: bytes)
        #expect(file.totalLoss == 10)
        #expect(file.remarks == ["the stated loss, 10.000 dB, is not what the events add up to, 4.253 dB"])
    }
}

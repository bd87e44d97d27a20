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

    @Test(arguments: [1, 2]) func `a changed file is read, and its checksum is not verifiable`(version: Int) throws {
        let file = try OTDRFile(parsing: Self.make(version: version, defect: "changed").bytes)
        guard case .notVerifiable(let stated, let computed) = file.checksum else {
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

    /// Files as instruments in the field wrote them, or as they could have.
    static func shot(_ name: String) throws -> OTDRFile {
        try OTDRFile(file: PowerMeterProcess.instruments.appending(path: "Shots/\(name).sor").path)
    }

    @Test func `a wavelength is divided once, so that it is stated in JSON as in the file`() throws {
        for tenths in [8500, 13_100, 15_503, 15_507, 16_251] as [UInt16] {
            var bytes = try Self.make(version: 2).bytes
            let stated: [UInt8] = [0x8C, 0x3C]
            let at = try #require(bytes.indices.dropLast().first { Array(bytes[$0...$0 + 1]) == stated })
            bytes.replaceSubrange(at..<at + 2, with: [UInt8(tenths & 255), UInt8(tenths >> 8)])
            let file = try OTDRFile(parsing: bytes)
            #expect(file.acquisition.wavelength == Double("\(Double(tenths) / 10)e-9"))
        }
    }

    @Test func `a wavelength in whole nanometres is understood and said`() throws {
        let file = try Self.shot("wavelength-in-nm")
        #expect(file.acquisition.wavelength == 1550e-9)
        #expect(
            file.remarks == ["the wavelength is stated as 1550 nm, where the format has tenths of a nanometre"])
        #expect(try file.provenLoss() == 0.558)
    }

    @Test func `sizes in the map that are wrong are said, and the blocks are found by their names`() throws {
        let file = try Self.shot("map-wrong")
        #expect(
            file.remarks == [
                "the map says that block SupParams has 36 bytes; by the names of the blocks it has 42",
                "the map says that block FxdParams has 98 bytes; by the names of the blocks it has 92",
            ])
        #expect(file.instrument.supplier == "Maker")
        #expect(try file.provenLoss() == 0.558)
    }

    /// The bytes of one name are not those of another one too: its block would end before it begins.
    @Test func `names in the map that overlap in the file do no harm`() throws {
        func entry(_ name: String, size: UInt8) -> [UInt8] { Array(name.utf8) + [0, 0xC8, 0, size, 0, 0, 0] }
        let entries = entry("AA", size: 90) + entry("A", size: 90)
        let head = Array("Map\0".utf8) + [0xC8, 0, UInt8(12 + entries.count), 0, 0, 0, 3, 0]
        let bytes = head + entries + Array("AA\0".utf8)
        #expect(throws: OTDRError.self) { try OTDRFile(parsing: bytes) }
    }

    @Test func `points that disagree with their count are said`() throws {
        let file = try Self.shot("points-differ")
        #expect(file.trace?.levels.count == 390)
        #expect(file.remarks == ["the trace has 390 points, block FxdParams says 400"])
        // The count in front of the points: 2,500 where one more is said to be.
        var bytes = try Self.make(version: 2).bytes
        let count: [UInt8] = [0xC4, 0x09, 0, 0, 1, 0, 0xC4, 0x09, 0, 0]
        let at = try #require(bytes.indices.dropLast(10).first { Array(bytes[$0..<$0 + 10]) == count })
        bytes[at + 6] = 0xC5
        let short = try OTDRFile(parsing: bytes)
        #expect(short.trace == nil)
        #expect(short.remarks == ["the trace has 2500 points where its count says 2501: it was left out"])
        bytes[at + 6] = 0xC3
        #expect(
            try OTDRFile(parsing: bytes).remarks == [
                "2 bytes follow the 2499 points of the trace",
                "block DataPts says that there are 2500 points, and 2499 in its one trace",
                "the trace has 2499 points, block FxdParams says 2500",
            ])
    }

    @Test func `two ends and several pulse widths are said`() throws {
        var bytes = try Self.make(version: 2).bytes
        let splice = Array("0F9999LS".utf8)
        let at = try #require(bytes.indices.dropLast(8).first { Array(bytes[$0..<$0 + 8]) == splice })
        bytes[at + 1] = UInt8(ascii: "E")
        let file = try OTDRFile(parsing: bytes)
        #expect(file.remarks == ["2 events end the fibre, at 12.000, 20.500 km; the last one counts"])
        #expect(try abs(#require(file.length) - 20_500) < 0.03)
        #expect(try abs(#require(file.lossOfEvents) - 4.253) < 0.002)
        let (pulses, _) = try Self.make(version: 2, defect: "two-pulses")
        #expect(
            try OTDRFile(parsing: pulses).remarks == ["it was measured with 2 pulse widths, 100, 30 ns"])
    }

    @Test func `a checksum that starts at 0 is right too`() throws {
        #expect(try OTDRFile(parsing: Self.make(version: 2, defect: "checksum-from-0").bytes).checksum == .matches)
    }

    @Test func `figures have the digits that the file has`() throws {
        let file = try Self.shot("wavelength-in-nm")
        #expect("\(file.events[1].slope)" == "0.0002")
        #expect("\(file.events[1].loss)" == "0.15")
        #expect("\(file.totalLoss ?? 0)" == "0.558")
        #expect(file.trace?.decibels.first.map { "\($0)" } == "20.0")
    }

    @Test func `what is no file is refused without waiting`() throws {
        let path = "/tmp/cvqkd-otdr-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        for (path, words) in [(path, "is a pipe"), ("/dev/zero", "is a character device"), ("/tmp", "is a folder")] {
            #expect {
                try OTDRFile(file: path)
            } throws: {
                "\($0)".contains(words)
            }
        }
    }
}

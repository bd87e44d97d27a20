import ExternalInstruments
import Foundation
import Repository
import Testing

/// A SCPI power meter in Python behind a real pseudo-terminal; it ends with its owner.
final class EmulatedMeter {
    let path: String
    let process = Process()
    private let input = Pipe()

    static let instruments = Repository.root.appending(path: "Tests/Instruments")

    init(_ options: String...) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments =
            ["python3", Self.instruments.appending(path: "scpi_power_meter.py").path] + options
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            try #require(!byte.isEmpty, "the emulated meter did not start")
            line += byte
        }
        path = String(decoding: line.dropLast(), as: UTF8.self)
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }

    var selector: InstrumentSelector {
        get throws { try InstrumentSelector("scpi:\(path)") }
    }
}

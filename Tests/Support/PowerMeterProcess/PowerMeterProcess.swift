public import Foundation
internal import Repository

/// `Tests/Instruments/scpi_power_meter.py`: a SCPI power meter in a process of its own, behind a pseudo-terminal. It ends
/// with its owner.
public final class PowerMeterProcess {
    /// The process did not say where its line is.
    public struct DidNotStart: Error {}

    /// Where the scripts are that imitate instruments.
    public static let instruments = Repository.root.appending(path: "Tests/Instruments")

    /// Its line.
    public let path: String
    private let process = Process()
    private let input = Pipe()

    /// Starts one; the options are the script's.
    public convenience init(_ options: String...) throws { try self.init(script: "scpi_power_meter.py", options) }

    /// Starts another script of the same manners.
    public init(script: String, _ options: [String]) throws {
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", Self.instruments.appending(path: script).path] + options
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        var line = Data()
        while line.last != UInt8(ascii: "\n") {
            let byte = output.fileHandleForReading.readData(ofLength: 1)
            guard !byte.isEmpty else { throw DidNotStart() }
            line += byte
        }
        path = String(decoding: line.dropLast(), as: UTF8.self)
    }

    deinit {
        // The script ends with its standard input.
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
    }
}

import ArgumentParser
import ProgramStart
import Foundation
import UnitEmulator

/// Where the control socket is.
struct SocketOptions: ParsableArguments {
    @Option(
        help: """
            Path of the emulator's control socket (default: control.sock in CVQKD_UNIT_DIRECTORY, /run/cvqkd/units or \
            /tmp/cvqkd-emulator, the first that is there).
            """)
    var socket: String?

    /// Where an emulator with the same folders puts it.
    private var path: String {
        let folders = [
            ProcessInfo.processInfo.environment["CVQKD_UNIT_DIRECTORY"], "/run/cvqkd/units", "/tmp/cvqkd-emulator",
        ]
        let usual = folders.compactMap { $0.map { "\($0)/control.sock" } }
        return socket ?? usual.first { FileManager.default.fileExists(atPath: $0) }
            ?? "/tmp/cvqkd-emulator/control.sock"
    }

    /// Sends one request, prints the answer, and fails if it says so.
    func ask(_ request: [String: Any]) throws {
        let socket = path
        let descriptor = try UnixSocket.connect(socket)
        defer { close(descriptor) }
        let data = try JSONSerialization.data(withJSONObject: request)
        guard UnixSocket.write(descriptor, data + [UInt8(ascii: "\n")]) else {
            throw UnixSocket.Fault(description: "\(socket): the emulator closed the connection")
        }
        var answer = Data()
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while answer.last != UInt8(ascii: "\n") {
            let count = read(descriptor, &chunk, chunk.count)
            guard count > 0 else { break }
            answer.append(contentsOf: chunk[..<count])
        }
        guard let object = try? JSONSerialization.jsonObject(with: answer) as? [String: Any] else {
            throw UnixSocket.Fault(description: "\(socket): no answer")
        }
        guard object["ok"] as? Bool == true else {
            throw UnixSocket.Fault(description: object["error"] as? String ?? "refused")
        }
        let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try StandardOutput.line(
            String(decoding: try JSONSerialization.data(withJSONObject: object, options: options), as: UTF8.self))
    }
}

/// `cvqkd-emulator truth`.
struct TruthCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "truth", abstract: "What a perfect estimator would read from an interval of a session.")
    @OptionGroup var socket: SocketOptions
    @Option(help: "Pair.")
    var pair = 0
    @Option(help: "Session: decimal, or its sixteen hexadecimal digits.", transform: SessionNumber.read)
    var session: UInt64
    @Option(help: "First symbol.")
    var first: UInt64 = 0
    @Option(help: "One past the last symbol (default: the session's end).")
    var end: UInt64?

    func run() throws {
        var request: [String: Any] = ["op": "truth", "pair": pair, "session": String(session), "first": first]
        if let end { request["end"] = end }
        try socket.ask(request)
    }
}

/// `cvqkd-emulator record`.
struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record", abstract: "What a unit sent, by its own record.")
    @OptionGroup var socket: SocketOptions
    @Argument(help: "Serial number of the unit.")
    var unit: String
    @Option(
        help: "Session: decimal, or its sixteen hexadecimal digits (default: all that the unit remembers).",
        transform: SessionNumber.read)
    var session: UInt64?
    @Flag(help: "List every interval.")
    var intervals = false

    func run() throws {
        var request: [String: Any] = ["op": "record", "unit": unit, "intervals": intervals]
        if let session { request["session"] = String(session) }
        try socket.ask(request)
    }
}

/// `cvqkd-emulator inject`.
struct InjectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inject",
        abstract: "Makes something go wrong with a unit ('faults' lists what can), or attacks its pair ('attacks').")
    @OptionGroup var socket: SocketOptions
    @Argument(help: "Serial number of the unit.")
    var unit: String
    @Argument(help: "Fault or attack.")
    var fault: String
    @Argument(help: "Its value, where it has one; a negative one after '--'.")
    var value: Double?

    func run() throws {
        var request: [String: Any] = ["op": "inject", "unit": unit, "fault": fault]
        if let value { request["value"] = value }
        try socket.ask(request)
    }
}

/// `cvqkd-emulator state`.
struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "state", abstract: "What the units are doing.")
    @OptionGroup var socket: SocketOptions

    func run() throws { try socket.ask(["op": "state"]) }
}

/// `cvqkd-emulator faults`.
struct FaultsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "faults", abstract: "What can be made to go wrong. Needs no running emulator.")

    func run() throws {
        let width = Fault.allCases.map(\.rawValue.count).max() ?? 0
        for fault in Fault.allCases {
            try StandardOutput.line(
                fault.rawValue.padding(toLength: width + 2, withPad: " ", startingAt: 0) + fault.explanation)
        }
    }
}

import UnitEmulator
import UnitTransport

/// `cvqkd conformance` against units on the kernel's USB, as a firmware author runs it.
enum ConformanceChecks {
    /// Over USB/IP, with resets, the units' CDC-ACM port standing by as the second one.
    static func overUSB() async throws {
        let bench = try Bench()
        defer { bench.end() }
        let port = try await bench.serialPath("NOVA-B-0001")
        try run("usb:NOVA-B-0001 --second-port serial:\(port) --destructive")
    }

    /// A pair over USB/IP.
    static func pairOverUSB() async throws {
        let bench = try Bench()
        defer { bench.end() }
        _ = try await bench.candidates(count: 4)
        try run("usb:NOVA-A-0001 --bob usb:NOVA-B-0001")
    }

    /// A pair served as two gadgets.
    static func pairOverGadget() async throws {
        let bench = try GadgetBench()
        defer { bench.end() }
        for serial in ["NOVA-A-0001", "NOVA-B-0001"] { _ = try await bench.candidate(serial) }
        try run("usb:NOVA-A-0001 --bob usb:NOVA-B-0001")
    }

    private static func run(_ words: String) throws {
        let result = try Shell.run("cvqkd conformance \(words)")
        let lines = result.output.split(separator: "\n")
        let telling = lines.filter { $0.contains("failed") || $0.contains("not carried out") || $0.contains("Error") }
        try expect(result.status == 0, "exit code \(result.status): \(telling.joined(separator: "\n"))")
    }
}

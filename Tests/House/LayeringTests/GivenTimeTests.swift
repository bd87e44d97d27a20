import Foundation
import Repository
import Testing

/// Time is given: what runs in tests in a time that jumps must not wait by the machine's, a task that it makes beside its
/// caller must run where that time can see it, and no duration is a difference of the wall clock.
struct GivenTimeTests {
    /// Below are values, which know no time; above are programs.
    static let floors = ["Transport", "Unit", "Link", "Operation", "Service"]

    /// What takes its time, or its thread, from elsewhere. A wall clock that the caller may replace, `= { Date() }`, is for
    /// people.
    static let forbidden = [
        #"(?<!enum )\b(Task\.sleep|ContinuousClock|SuspendingClock|Task \{|Task\.detached|usleep\(|nanosleep\(|DispatchTime)"#,
        #"(?<!= \{ )\bDate\(\)|\bDate\.now|CLOCK_REALTIME|\btime\(nil\)|gettimeofday"#,
    ]

    /// Who has to, and why.
    static let exceptions = [
        "Transport/UnitTransport/Time/TimeSource.swift": "it is the machine's time",
        "Transport/UnitEmulator/Pair/PairEngine.swift": "a pair with a thread of its own lives in the machine's time",
        "Transport/USBTransport/StreamReceiver.swift": "libusb's callbacks come in the machine's time",
        "Transport/USBTransport/USBDevice.swift": "libusb's callbacks come in the machine's time",
        "Unit/LocalUnits/DevicePath.swift": "nodes are stamped by the wall clock",
        "Unit/UnitConformance/ConformanceSuite.swift": "a record has a date, for people",
        "Operation/UnitRecordings/UnitRecording.swift": "a recording has a date, for people",
        "Operation/UnitRecordings/PairRecording+Preparation.swift": "a recording has a date, for people",
    ]

    private static func lines(of floor: String) throws -> [(file: String, number: Int, line: String)] {
        let root = Repository.root.appending(path: "Sources")
        let files =
            FileManager.default.enumerator(at: root.appending(path: floor), includingPropertiesForKeys: nil)?
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
        #expect(!files.isEmpty, "\(floor)")
        return try files.flatMap { file in
            try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
                .enumerated().filter { !$1.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
                .map { (String(file.path.dropFirst(root.path.count + 1)), $0 + 1, String($1)) }
        }
    }

    private static func isForbidden(_ line: String) -> Bool {
        forbidden.contains { line.range(of: $0, options: .regularExpression) != nil }
    }

    @Test(arguments: floors) func `who is given a clock uses no other`(floor: String) throws {
        for (file, number, line) in try Self.lines(of: floor) where Self.exceptions[file] == nil {
            #expect(!Self.isForbidden(line), "\(file):\(number): \(line)")
        }
    }

    @Test func `an exception that nobody needs any more is none`() throws {
        let found = try Set(Self.floors.flatMap(Self.lines).filter { Self.isForbidden($0.line) }.map(\.file))
        #expect(found.isSuperset(of: Self.exceptions.keys), "\(Set(Self.exceptions.keys).subtracting(found))")
    }

    @Test(arguments: [
        ("try await Task.sleep(for: .seconds(1))", true), ("let start = ContinuousClock.now", true),
        ("Task { await self.end() }", true), ("Task(executorPreference: clock.executor) { }", false),
        ("let began = Date()", true), ("now: @escaping () -> Date = { Date() },", false), ("usleep(1000)", true),
        ("try await clock.sleep(for: .seconds(1))", false),
    ]) func `what is forbidden is seen`(line: String, isForbidden: Bool) {
        #expect(Self.isForbidden(line) == isForbidden)
    }
}

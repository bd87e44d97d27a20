import Foundation
import LocalUnits
import UnitConformance
import UnitTransport

/// One `cvqkd conformance`: open, try, report, judge.
struct ConformanceRun {
    let units: [UnitSelector]
    let secondPort: UnitSelector?
    let options: ConformanceSuite.Options
    let junit: String?
    let json: String?

    private let interruption = Interruption()
    private let live = LiveLine()

    init(
        units: [UnitSelector], secondPort: UnitSelector?, options: ConformanceSuite.Options, junit: String?,
        json: String?
    ) {
        self.units = units
        self.secondPort = secondPort
        self.options = options
        self.junit = junit
        self.json = json
    }

    func perform() async throws {
        // Nobody wants to hear of a bad file name after two minutes.
        for path in [junit, json].compactMap(\.self) where path != "-" { try AtomicFile.check(path, replacing: true) }
        // What cannot be opened at all is this program's usual error, with its usual exit code.
        for selector in units { try await finder.transport(selector).close() }
        let suite = ConformanceSuite(ports, options: options, station: ProcessInfo.processInfo.hostName)
        let live = live
        let record = try await interruption.cancellable {
            await suite.run { progress in
                switch progress {
                case .began(let check, let subject): live.show("\(subject)/\(check.id): \(check.title) …")
                case .ended(let phase):
                    if let line = ConformanceTable.notice(phase) { live.note("\(line)") }
                }
            }
        }
        live.end()
        if let junit { try write(JUnitText.of(record), to: junit) }
        if let json { try write(TestRecordText.of(record), to: json) }
        // A table among JSON or XML would spoil it.
        let table = ConformanceTable.text(record)
        if junit == "-" || json == "-" { Output.note(table) } else { try Output.line(table) }
        try judge(record)
    }

    private var finder: LocalUnitFinder { LocalUnitFinder(task: "conformance") }

    private var ports: [UnitPorts] {
        let finder = finder
        return units.enumerated().map { index, selector in
            var ports = UnitPorts(open: { try await finder.transport(selector) })
            if index == 0, let secondPort { ports.openSecond = { try await finder.transport(secondPort) } }
            return ports
        }
    }

    private func write(_ text: String, to path: String) throws {
        guard path != "-" else { return try Output.document(text) }
        try AtomicFile.write(Data(text.utf8), to: path, replacing: true)
    }

    private func judge(_ record: ConformanceRecord) throws {
        if record.isAborted { throw CommandFailure(.interrupted, "ended on request; the unit was told to go dark") }
        let (failed, errors) = (record.count(.fail), record.count(.error))
        if failed > 0 {
            throw CommandFailure(
                .nonconformance, "\(failed) of \(record.phases.count) checks failed: the unit breaks the protocol there"
            )
        }
        if errors > 0 {
            throw CommandFailure(
                .inconclusive, "\(errors) of \(record.phases.count) checks could not be carried out, see the table")
        }
        guard record.hasPassed else {
            throw CommandFailure(.inconclusive, "no check applied to the unit: nothing is shown")
        }
    }
}

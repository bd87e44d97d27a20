import Glibc
import ProcessResources
import UnitTransport

/// What the command line asks for.
struct Options {
    var isShort = false
    var output: String?
    var faults: [String] = []
    var phases: [String] = []
    var transports: [String] = []

    /// `[--short] [--output FILE] [--fault NAME]… [--phase NAME]… [--transport NAME]…`
    init(_ arguments: ArraySlice<String>) {
        var arguments = arguments
        while let name = arguments.popFirst() {
            switch (name, arguments.first) {
            case ("--short", _):
                isShort = true
                continue
            case ("--output", let value?): output = value
            case ("--fault", let value?): faults.append(value)
            case ("--phase", let value?): phases.append(value)
            case ("--transport", let value?): transports.append(value)
            default:
                print("usage: [--short] [--output FILE] [--fault NAME] [--phase NAME] [--transport NAME]")
                exit(64)
            }
            arguments.removeFirst()
        }
    }

    func wants(_ cell: Cell) -> Bool {
        (!isShort || cell.isInShortMatrix) && (faults.isEmpty || faults.contains(cell.fault.rawValue))
            && (phases.isEmpty || phases.contains(cell.phase.rawValue))
            && (transports.isEmpty || transports.contains(cell.transport.rawValue))
    }
}

/// Runs the cells one after another, since each is compared with the process before it.
@MainActor
final class Matrix {
    private let options: Options
    private var results: [CellResult] = []
    private var index = 0

    init(_ options: Options) { self.options = options }

    var passed: Int { results.count(where: \.passed) }
    var failed: Int { results.count - passed + (judgeFailure == nil ? 0 : 1) }
    private var judgeFailure: String?

    /// A judge that lets everything pass would make the matrix green: it is tried first.
    private func checkJudge() async {
        do {
            try await JudgeCheck.run()
        } catch {
            judgeFailure = "\(error)"
            print("FAIL the judge itself: \(error)")
        }
    }

    func run() async {
        let cells = Cell.all.filter { options.wants($0) }
        for absence in absences {
            let phases =
                absence.phases.count == Phase.allCases.count
                ? "" : " " + absence.phases.map(\.rawValue).joined(separator: ", ")
            print(
                "no \(absence.fault.rawValue) on \(absence.transports.map(\.rawValue).joined(separator: ", "))\(phases): \(absence.reason)"
            )
        }
        await checkJudge()
        if let fault = Resources.heapFigureFault() {
            judgeFailure = fault
            print("FAIL the figure of the heap: \(fault)")
        }
        print(CellResult.heading)
        // What is made once, by the first use of each transport, is no leak of the cell that happens to be first.
        for transport in MatrixTransport.allCases where cells.contains(where: { $0.transport == transport }) {
            for fault in [MatrixFault.overflow, .replug] {
                _ = await result(of: Cell(fault: fault, phase: .streaming, transport: transport), bound: 20)
            }
        }
        for cell in cells {
            guard let expectation = Expectation.of(cell) else {
                results.append(.failure(cell, "nothing is expected of this cell"))
                continue
            }
            var (result, leak) = await measured(cell, bound: expectation.bound)
            for attempt in 2...3 where !result.delays.isEmpty && result.faults.isEmpty {
                let earlier = result.delays
                (result, leak) = await measured(cell, bound: expectation.bound)
                result.notes.append("attempt \(attempt), for before \(earlier.joined(separator: ", "))")
            }
            // What grows once (tables of the runtime, of udev, of the allocator) does not grow again.
            if leak != nil { leak = await measured(cell, bound: expectation.bound).leak }
            if let complaint = expectation.complaint(result) { result.faults.append(complaint) }
            if let leak { result.faults.append("left behind: \(leak)") }
            results.append(result)
            print(result.line)
            fflush(nil)
        }
        write()
        print("\(passed) passed, \(failed) failed")
    }

    /// A cell, and what it left behind.
    private func measured(_ cell: Cell, bound: Double) async -> (result: CellResult, leak: String?) {
        let before = Resources.now()
        let result = await result(of: cell, bound: bound)
        return (result, await Resources.leak(since: before))
    }

    private func result(of cell: Cell, bound: Double) async -> CellResult {
        index += 1
        let bench: EmulatedBench
        do {
            bench = try EmulatedBench(
                cell.transport, index: index, hasAlice: cell.fault == .twoUnits,
                fifo: cell.fault == .slowConsumer ? .shallow : .deep)
        } catch {
            return .failure(cell, "no emulated pair: \(error)")
        }
        defer { bench.end() }
        let run = CellRun(cell, bench: bench)
        let done = Guarded<CellResult?>(nil)
        let task = Task.detached {
            let result = await run.perform()
            done.withLock { $0 = result }
        }
        let limit = ContinuousClock.now + .seconds(bound)
        while .now < limit {
            if let result = done.withLock({ $0 }) { return result }
            try? await Task.sleep(for: .milliseconds(5))
        }
        task.cancel()
        return .failure(cell, "no end within \(bound) s")
    }

    private func write() {
        guard let path = options.output else { return }
        let text = "[\n" + results.map(\.json).joined(separator: ",\n") + "\n]\n"
        guard let file = fopen(path, "w") else {
            print("\(path): \(String(cString: strerror(errno)))")
            return
        }
        fputs(text, file)
        fclose(file)
    }
}

extension CellResult {
    static func failure(_ cell: Cell, _ reason: String) -> CellResult {
        CellResult(
            cell: cell, outcome: .failed("matrix"), recoverySeconds: nil, lost: 0, declared: 0, faults: [reason],
            notes: [])
    }
}

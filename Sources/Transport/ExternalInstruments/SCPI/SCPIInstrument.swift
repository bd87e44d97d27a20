internal import Dispatch

/// An instrument that speaks SCPI: queries with deadlines, and its own queue of errors.
public final class SCPIInstrument: Sendable {
    private let line: InstrumentLine
    /// The line's calls block for as long as a slow meter needs: not on the tasks' threads.
    private let queue = DispatchQueue(label: "cvqkd.scpi")

    /// Opens the device node. Says nothing to the instrument yet.
    public init(_ selector: InstrumentSelector) throws(InstrumentError) { line = try InstrumentLine(selector) }

    /// Sends a command that has no answer.
    public func send(_ command: String, milliseconds: Int = 2000) async throws(InstrumentError) {
        _ = try await perform { line throws(InstrumentError) in
            try line.send(command, milliseconds: milliseconds)
            return ""
        }
    }

    /// Sends a query and returns its answer, one line without spaces around it.
    public func ask(_ query: String, milliseconds: Int = 2000) async throws(InstrumentError) -> String {
        try await perform { line throws(InstrumentError) in try line.ask(query, milliseconds: milliseconds) }
    }

    /// Sends a query whose answer is a number.
    public func askNumber(_ query: String, milliseconds: Int = 2000) async throws(InstrumentError) -> Double {
        let answer = try await ask(query, milliseconds: milliseconds)
        guard let number = Double(answer) else { throw .garbage(query: query, answer: String(answer.prefix(60))) }
        return number
    }

    /// Empties the instrument's queue of errors and returns it, oldest first.
    public func errors() async throws(InstrumentError) -> [String] {
        var errors: [String] = []
        // A queue holds 30 at most in the instruments that state it; one that never ends is a broken one.
        while errors.count < 64 {
            let answer = try await ask("SYST:ERR?")
            guard let code = Int(answer.prefix { $0 != "," }.filter { $0 != " " }) else {
                throw .garbage(query: "SYST:ERR?", answer: String(answer.prefix(60)))
            }
            if code == 0 { break }
            errors.append(String(answer.prefix(120)).replacing("\"", with: "").replacing(",", with: " "))
        }
        return errors
    }

    /// Throws what the instrument reports, if anything.
    func checkErrors(after what: String) async throws(InstrumentError) {
        let found = try await errors()
        guard found.isEmpty else { throw .reported(during: what, errors: found) }
    }

    private func perform(
        _ body: @escaping @Sendable (InstrumentLine) throws(InstrumentError) -> String
    ) async throws(InstrumentError) -> String {
        guard !Task.isCancelled else { throw .cancelled }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                queue.async { [line] in
                    let result: Result<String, InstrumentError>
                    do throws(InstrumentError) {
                        result = .success(try body(line))
                    } catch {
                        result = .failure(error)
                    }
                    continuation.resume(returning: result)
                }
            }
        } onCancel: { [line] in
            line.cancel()
        }
        return try result.get()
    }
}

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

    /// Empties the instrument's queue of errors and returns it, oldest first, each error once however often it is there.
    public func errors() async throws(InstrumentError) -> [String] {
        var errors: [String] = []
        // A queue holds 30 at most in the instruments that state it; one that never ends is a broken one.
        for _ in 0..<64 {
            let answer = try await ask("SYST:ERR?")
            let code = Int(answer.prefix { $0 != "," }.filter { $0 != " " })
            // Some leave the number out.
            let words = answer.lowercased().replacing("\"", with: "")
            if code == 0 || (code == nil && words.hasPrefix("no error")) { break }
            guard code != nil else { throw .garbage(query: "SYST:ERR?", answer: String(answer.prefix(60))) }
            let error = String(answer.prefix(120)).replacing("\"", with: "").replacing(",", with: " ")
            if !errors.contains(error) { errors.append(error) }
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

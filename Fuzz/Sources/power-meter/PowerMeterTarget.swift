import Dispatch
import ExternalInstruments
import Glibc

// A power meter that answers anything, behind a real pseudo-terminal: the i-th query gets the i-th line of the input, and
// what is asked after the last one a line that no meter sends. Whatever it states, nothing traps, and nothing is
// accepted that is not a reading.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    meter.answers =
        UnsafeBufferPointer(start: data, count: count).split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
        ).map(Array.init)[...]
    let done = DispatchSemaphore(value: 0)
    Task {
        await use(meter.instrument)
        done.signal()
    }
    done.wait()
    return 0
}

/// One for all inputs: opening a line waits for silence first.
private let meter = Meter()

/// The meter's end of the line. Its answers are only exchanged while nobody asks.
private final class Meter: @unchecked Sendable {
    let instrument: SCPIInstrument
    var answers: ArraySlice<[UInt8]> = []
    private let line: CInt

    init() {
        var (master, slave): (CInt, CInt) = (-1, -1)
        var name = [CChar](repeating: 0, count: 64)
        guard openpty(&master, &slave, &name, nil, nil) == 0 else { fatalError("no pseudo-terminal: \(errno)") }
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let selector = try? InstrumentSelector("scpi:\(path)"), let opened = try? SCPIInstrument(selector) else {
            fatalError("\(path) cannot be opened")
        }
        (line, instrument) = (master, opened)
        DispatchQueue(label: "meter").async { [self] in serve() }
    }

    private func serve() {
        var asked: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            while let end = asked.firstIndex(of: UInt8(ascii: "\n")) {
                let isQuery = asked[..<end].last == UInt8(ascii: "?")
                asked.removeSubrange(...end)
                guard isQuery else { continue }
                let answer = (answers.popFirst() ?? [7]) + [UInt8(ascii: "\n")]
                precondition(write(line, answer, answer.count) == answer.count, "the terminal is full")
            }
            let count = read(line, &buffer, buffer.count)
            guard count > 0 else { return }
            asked += buffer[..<count]
        }
    }
}

private func use(_ instrument: SCPIInstrument) async {
    do throws(InstrumentError) {
        let meter = try await PowerMeter(instrument, wavelength: 1550e-9)
        precondition(abs(meter.wavelength - 1550e-9) <= 0.6e-9, "set to \(meter.wavelength) m")
        let reading = try await meter.average(readings: 2, accuracy: 0.05)
        precondition(reading.power.isFinite, "a reading of \(reading.power) W")
        precondition(reading.decibelMilliwatts.map(\.isNaN) != true, "a level that is not a number")
    } catch {
        if case .timedOut = error { fatalError("\(error)") }
        precondition(!error.description.isEmpty, "refused without a reason")
    }
}

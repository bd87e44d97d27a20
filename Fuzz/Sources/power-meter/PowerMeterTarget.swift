import Dispatch
import ExternalInstruments
import Glibc

// A power meter that answers anything, behind a real pseudo-terminal: the i-th query gets the i-th line of the input, and
// after the last one the meter is unplugged. Whatever it states, nothing traps, and no reading is accepted that is none.

@c(LLVMFuzzerTestOneInput)
func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let answers = UnsafeBufferPointer(start: data, count: count).split(
        separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    ).prefix(40).map { Array($0.prefix(2000)) + [UInt8(ascii: "\n")] }
    var (master, slave): (CInt, CInt) = (-1, -1)
    var name = [CChar](repeating: 0, count: 64)
    precondition(openpty(&master, &slave, &name, nil, nil) == 0, "no pseudo-terminal: \(errno)")
    var raw = termios()
    tcgetattr(slave, &raw)
    cfmakeraw(&raw)
    tcsetattr(slave, TCSANOW, &raw)
    let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)

    let (read, done) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    let line = master
    DispatchQueue.global().async {
        serve(line, answers)
        done.signal()
    }
    Task {
        await use(path)
        read.signal()
    }
    read.wait()
    close(slave)
    done.wait()
    return 0
}

/// Answers queries until there are no answers left, or nobody asks any more.
private func serve(_ line: CInt, _ answers: [[UInt8]]) {
    defer { close(line) }
    var left = answers[...]
    var asked: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while true {
        while let end = asked.firstIndex(of: UInt8(ascii: "\n")) {
            let isQuery = asked[..<end].last == UInt8(ascii: "?")
            asked.removeSubrange(...end)
            guard isQuery else { continue }
            guard let answer = left.popFirst() else { return }
            guard write(line, answer, answer.count) == answer.count else { return }
        }
        let count = Glibc.read(line, &buffer, buffer.count)
        guard count > 0 else { return }
        asked += buffer[..<count]
    }
}

private func use(_ path: String) async {
    do throws(InstrumentError) {
        guard let selector = try? InstrumentSelector("scpi:\(path)") else { fatalError("\(path) is no selector") }
        let meter = try await PowerMeter(selector, wavelength: 1550e-9)
        precondition(abs(meter.wavelength - 1550e-9) <= 0.6e-9, "set to \(meter.wavelength) m")
        let reading = try await meter.average(readings: 2, accuracy: 0.05)
        precondition(reading.power.isFinite, "a reading of \(reading.power) W")
        precondition(reading.decibelMilliwatts.map(\.isNaN) != true, "a level that is no number")
    } catch {
        precondition(!error.description.isEmpty, "refused without a reason")
    }
}

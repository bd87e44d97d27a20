internal import CUnitIO
internal import Glibc
internal import UnitTransport

/// The open device node of an instrument: lines of text out, lines of text in. Its functions block; one thread at a time.
final class InstrumentLine: @unchecked Sendable {
    // SAFETY: everything but `cancel`, which only sets the event, is called on the owner's one queue.
    let path: String
    private let descriptor: Int32
    private let event: Int32
    private let isUSB: Bool
    /// The machine's, whatever time others live in: it is the kernel that waits for a descriptor.
    private let clock = HostClock.monotonic
    private var pending: [UInt8] = []
    /// Whether an answer may still come that nobody waits for. At first: what a program before us asked, and did not read.
    private var isOutOfStep = true

    /// What was sent last: an instrument that echoes sends it back, commands that have no answer first.
    private var sent: [String] = []

    /// No answer of a power meter is longer; what is, is noise.
    private static let longestAnswer = 4096

    init(_ selector: InstrumentSelector) throws(InstrumentError) {
        path = selector.path
        (descriptor, isUSB) = try Self.open(selector)
        event = cu_event_create()
        guard event >= 0 else {
            Glibc.close(descriptor)
            throw .system(call: "eventfd", path: path, code: -event)
        }
    }

    deinit {
        if isUSB { Glibc.close(descriptor) } else { cu_serial_close(descriptor) }
        Glibc.close(event)
    }

    /// The kernel's USBTMC node is no terminal and takes no terminal's settings; what else there is must be one.
    private static func open(_ selector: InstrumentSelector) throws(InstrumentError) -> (Int32, isUSB: Bool) {
        let path = selector.path
        let plain = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard plain >= 0 else { throw refusal(selector, errno) }
        if cu_usbtmc_is_instrument(plain) == 1 {
            // The driver reads and writes only as long as its time-out; non-blocking it would not wait at all.
            _ = fcntl(plain, F_SETFL, 0)
            // A second program would take our answers.
            guard flock(plain, LOCK_EX | LOCK_NB) == 0 else {
                Glibc.close(plain)
                throw .busy(path: path, holder: DeviceHolder.find(path))
            }
            return (plain, true)
        }
        Glibc.close(plain)
        let line = cu_serial_open(path, selector.baud ?? 0)
        guard line >= 0 else { throw refusal(selector, -line) }
        return (line, false)
    }

    private static func refusal(_ selector: InstrumentSelector, _ code: Int32) -> InstrumentError {
        let path = selector.path
        switch code {
        case ENOENT, ENXIO, ENODEV: return .notFound(path)
        case EACCES, EPERM: return .noPermission(path)
        case EAGAIN, EBUSY: return .busy(path: path, holder: DeviceHolder.find(path))
        case ENOTTY, EISDIR, EINVAL:
            return .notAnInstrument(path: path, reason: "it is neither a serial line nor a USBTMC node")
        case ERANGE: return .notAnInstrument(path: path, reason: "it cannot run at \(selector.baud ?? 0) baud")
        default: return .system(call: "open", path: path, code: code)
        }
    }

    /// Ends a wait of `ask`. The usbtmc driver's cannot be ended: over USB it lasts to the answer or time-out. Any thread.
    func cancel() { _ = cu_event_set(event) }

    /// Sends a command that has no answer.
    func send(_ command: String, milliseconds: Int) throws(InstrumentError) {
        if isOutOfStep { try resynchronise() }
        sent = sent.suffix(7) + [command]
        var bytes = Array((command + "\n").utf8)[...]
        let deadline = clock.now + .milliseconds(milliseconds)
        if isUSB { _ = cu_usbtmc_set_timeout(descriptor, UInt32(max(100, milliseconds))) }
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                bytes = bytes.dropFirst(count)
            } else if count < 0 && errno == EAGAIN {
                try wait(CU_WRITABLE, until: deadline, command, milliseconds)
            } else if !(count < 0 && errno == EINTR) {
                throw failure(of: "write", errno, command, milliseconds)
            }
        }
    }

    /// Sends a query and reads the line that answers it, without its end.
    func ask(_ query: String, milliseconds: Int) throws(InstrumentError) -> String {
        try send(query, milliseconds: milliseconds)
        let deadline = clock.now + .milliseconds(milliseconds)
        while true {
            if let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
                let line = pending[..<end]
                pending.removeSubrange(...end)
                return try checked(Self.text(line, query), query)
            }
            guard pending.count <= Self.longestAnswer else {
                throw misfit(query, "more than \(Self.longestAnswer) bytes without an end of line")
            }
            try receive(until: deadline, query, milliseconds)
        }
    }

    /// An answer, unless it is something that instruments send beside answers. What follows would be out of step then.
    private func checked(_ answer: String, _ query: String) throws(InstrumentError) -> String {
        let word = answer.prefix { $0 != " " }
        let refusal: InstrumentError
        if sent.contains(where: { $0.uppercased() == answer.uppercased() }) {
            refusal = .echoes(query: answer)
        } else if word.hasPrefix(">") || [">", "$", "#", "%", ":"].contains(where: word.hasSuffix) {
            refusal = .prompts(answer: String(answer.prefix(60)))
        } else if ["OK", "ACK"].contains(answer.uppercased()) {
            refusal = .acknowledges(answer: answer)
        } else {
            return answer
        }
        isOutOfStep = true
        throw refusal
    }

    private func receive(
        until deadline: HostClock.Instant, _ query: String, _ milliseconds: Int
    ) throws(InstrumentError) {
        if !isUSB { try wait(CU_READABLE, until: deadline, query, milliseconds) }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        let code = errno
        guard count > 0 else {
            if count < 0 && (code == EINTR || code == EAGAIN) { return }
            if count == 0 && isUSB { throw misfit(query, "a message that is empty or breaks the rules of USBTMC") }
            if isUSB && code == EPIPE { throw misfit(query, "a halt of its endpoint") }
            throw failure(of: "read", count == 0 ? EIO : code, query, milliseconds)
        }
        pending += buffer[..<count]
        // A USBTMC message has an end of its own, which may be several reads away; not every instrument ends it with a
        // newline too.
        if isUSB && pending.last != UInt8(ascii: "\n") && cu_usbtmc_message_ended(descriptor) == 1 {
            pending.append(UInt8(ascii: "\n"))
        }
    }

    /// What is no answer, with the line to be put in step before the next query.
    private func misfit(_ query: String, _ answer: String) -> InstrumentError {
        isOutOfStep = true
        return .garbage(query: query, answer: answer)
    }

    private func wait(
        _ wanted: Int, until deadline: HostClock.Instant, _ query: String, _ milliseconds: Int
    ) throws(InstrumentError) {
        let left = deadline - clock.now
        guard left > .zero else { throw timeOut(query, milliseconds) }
        let waited = Int32(left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
        let mask = cu_wait(descriptor, Int32(wanted), event, waited + 1)
        if mask & Int32(wanted) != 0 { return }
        guard mask >= 0, mask & Int32(CU_GONE) == 0 else { throw .gone(path: path) }
        guard cu_wait(event, Int32(CU_READABLE), -1, 0) == 0 else {
            _ = cu_event_clear(event)
            isOutOfStep = true
            throw .cancelled
        }
    }

    private func failure(
        of call: String, _ code: Int32, _ query: String, _ milliseconds: Int
    ) -> InstrumentError {
        switch code {
        // EPROTO and EILSEQ: an unplugged device, until the hub has told the kernel.
        case ENODEV, ENXIO, EIO, ESHUTDOWN, EPIPE, EPROTO, EILSEQ: .gone(path: path)
        case ETIMEDOUT, EAGAIN: timeOut(query, milliseconds)
        default: .system(call: call, path: path, code: code)
        }
    }

    private func timeOut(_ query: String, _ milliseconds: Int) -> InstrumentError {
        isOutOfStep = true
        return .timedOut(query: query, milliseconds: milliseconds)
    }

    /// Drops what came late. On a serial line nothing marks an answer as old, so silence has to.
    private func resynchronise() throws(InstrumentError) {
        isOutOfStep = false
        pending.removeAll()
        guard !isUSB else {
            _ = cu_usbtmc_clear(descriptor)
            return
        }
        var buffer = [UInt8](repeating: 0, count: 1024)
        let limit = clock.now + .seconds(1)
        while clock.now < limit, cu_wait(descriptor, Int32(CU_READABLE), -1, 100) & Int32(CU_READABLE) != 0 {
            guard Glibc.read(descriptor, &buffer, buffer.count) > 0 else { throw .gone(path: path) }
        }
    }

    private static func text(_ bytes: ArraySlice<UInt8>, _ query: String) throws(InstrumentError) -> String {
        guard bytes.allSatisfy({ (32..<127).contains($0) || $0 == 9 || $0 == 13 }) else {
            let hex = bytes.prefix(20).map { String($0, radix: 16) }.joined(separator: " ")
            throw .garbage(query: query, answer: "bytes \(hex)")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split(whereSeparator: { $0 == " " || $0 == "\r" || $0 == "\t" }).joined(separator: " ")
    }
}

import Foundation
import Repository
import Testing
import UnitProtocol
import UnitTransport

/// A line between a host and an emulated unit that writes down what the host sends. The unit's port is open while the host's
/// is, so that it notices a host that leaves.
final class WireTap: Sendable {
    /// What a host sent.
    struct Request: Sendable, Hashable, CustomStringConvertible {
        var template: UInt16
        /// Of a Hello: what it asks for.
        var access: UInt8?

        var description: String { "message \(template)" + (access.map { ", access \($0)" } ?? "") }
    }

    /// The name by which the host opens it.
    let link: String
    private let unit: String
    private let master: Int32
    private let shared = Guarded(Shared())

    private struct Shared {
        var bytes: [UInt8] = []
        var isEnding = false
        var hasEnded = false
    }

    /// A tap on the line `unit`, at `link`.
    init(on unit: String, at link: String) throws {
        (self.unit, self.link) = (unit, link)
        var (master, slave): (Int32, Int32) = (-1, -1)
        var name = [CChar](repeating: 0, count: 128)
        try #require(openpty(&master, &slave, &name, nil, nil) == 0)
        Self.makeRaw(slave)
        // From now on the line is hung up until a host opens it.
        close(slave)
        self.master = master
        let path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try #require(symlink(path, link) == 0)
        Thread.detachNewThread { [self] in relay() }
    }

    /// Ends it; its line is gone.
    func end() async throws {
        shared.withLock { $0.isEnding = true }
        try await eventually("the tap ends") { shared.withLock { $0.hasEnded } }
        unlink(link)
        close(master)
    }

    /// What was sent since the last look, in order.
    func take() -> [Request] {
        let bytes = shared.withLock { shared in
            defer { shared.bytes = [] }
            return shared.bytes
        }
        return bytes.split(separator: 0).compactMap { Self.request(Array($0)) }
    }

    private func relay() {
        var line: Int32 = -1
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while !shared.withLock({ $0.isEnding }) {
            var ends = [
                pollfd(fd: master, events: Int16(POLLIN), revents: 0),
                pollfd(fd: line, events: Int16(POLLIN), revents: 0),
            ]
            poll(&ends, line < 0 ? 1 : 2, 20)
            if ends[0].revents & Int16(POLLIN) != 0 {
                let count = read(master, &buffer, buffer.count)
                if line < 0 {
                    line = open(unit, O_RDWR | O_NOCTTY | O_CLOEXEC)
                    Self.makeRaw(line)
                }
                if count > 0 {
                    shared.withLock { $0.bytes += buffer[..<count] }
                    Self.send(buffer[..<count], to: line)
                }
            } else if ends[0].revents & Int16(POLLHUP) != 0 {
                if line >= 0 { close(line) }
                line = -1
                // A hung-up line is always ready: without a pause this would spin until somebody opens it.
                usleep(2_000)
            }
            if line >= 0, ends[1].revents & Int16(POLLIN) != 0 {
                let count = read(line, &buffer, buffer.count)
                if count > 0 { Self.send(buffer[..<count], to: master) }
            }
        }
        if line >= 0 { close(line) }
        shared.withLock { $0.hasEnded = true }
    }

    private static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func makeRaw(_ descriptor: Int32) {
        var settings = termios()
        tcgetattr(descriptor, &settings)
        cfmakeraw(&settings)
        tcsetattr(descriptor, TCSANOW, &settings)
    }

    private static func request(_ encoded: [UInt8]) -> Request? {
        var decoded = [UInt8](repeating: 0, count: encoded.count + 1)
        var span = decoded.mutableSpan
        var room = span.mutableBytes
        guard let count = try? COBS.decode(encoded.span.bytes, into: &room), count >= Frame.minimumBytes else {
            return nil
        }
        let start = Frame.headerBytes
        let template = UInt16(decoded[start + 2]) | UInt16(decoded[start + 3]) << 8
        return Request(template: template, access: template == Hello.templateID ? decoded[start + 8] : nil)
    }
}

extension WireTap.Request {
    /// Whether it changes nothing at a unit: by the table of requests that firmware authors build by, it needs no control, and
    /// a Hello asks for none.
    var isQuestion: Bool {
        guard template != Hello.templateID else { return access == UInt8(Access.observe.rawValue) }
        return Self.questions.contains(template)
    }

    /// Requests that a port may make which has no control.
    static let questions: Set<UInt16> = {
        let header =
            (try? String(contentsOf: Repository.root.appending(path: "firmware-schemas/cvqkd_unit.h"), encoding: .utf8))
            ?? ""
        var numbers: [Substring: UInt16] = [:]
        var questions: Set<UInt16> = []
        for line in header.split(separator: "\n") {
            let words = line.split { $0 == " " || $0 == "(" || $0 == ")" || $0 == "," || $0 == "\\" }
            if words.count >= 4, words[0] == "#define", words[1].hasSuffix("_ID"), words[2] == "UINT16_C" {
                numbers[words[1]] = UInt16(words[3])
            }
            // X(id, bytes, access, reply)
            if words.count == 5, words[0] == "X", words[3] != "CVQKD_ACCESS_CONTROL_HELD", let id = numbers[words[1]] {
                questions.insert(id)
            }
        }
        return questions
    }()
}

import CUnitIO
import Glibc
import SerialTransport
import Testing
import UnitTransport

/// How a line is opened: rate, exclusive access, what is left behind.
struct SerialLineTests {
    @Test(arguments: [300, 9_600, 115_200, 250_000, 921_600, 1_234_567, 12_000_000] as [UInt32])
    func `a rate reaches the line, whether it has a name in termios or not`(baud: UInt32) async throws {
        let unit = try PseudoTerminal()
        let transport = try SerialTransport(path: unit.path, baud: baud)
        #expect(unit.state.baud == baud)
        await transport.close()
    }

    @Test func `without a rate the line keeps its own`() async throws {
        let unit = try PseudoTerminal()
        let before = unit.state.baud
        let transport = try SerialTransport(path: unit.path)
        #expect(unit.state.baud == before)
        await transport.close()
    }

    @Test func `an open line is locked, and a closed one is free`() async throws {
        let unit = try PseudoTerminal()
        for _ in 0..<2 {
            let transport = try SerialTransport(path: unit.path)
            #expect(throws: TransportError.self) { try SerialTransport(path: unit.path) }
            #expect(try isLocked(unit.path))
            await transport.close()
            #expect(try !isLocked(unit.path))
        }
    }

    /// Root opens what it likes: only a user without rights shows what is left behind.
    @Test func `a user without rights can open a pseudo-terminal again that was open before`() async throws {
        let unit = try PseudoTerminal()
        chmod(unit.path, 0o666)
        let transport = try SerialTransport(path: unit.path)
        await transport.close()
        let (status, output) = try run("exec 3<>'\(unit.path)'", asNobody: true)
        #expect(status == 0, "\(output)")
    }

    private func isLocked(_ path: String) throws -> Bool {
        try run("exec 3<>'\(path)' && flock --nonblock 3", asNobody: false).status != 0
    }

    private func run(_ command: String, asNobody: Bool) throws -> (status: Int32, output: String) {
        let user = asNobody && getuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups " : ""
        let quoted = command.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
        guard let pipe = popen("\(user)bash -c '\(quoted)' 2>&1", "r") else { throw PseudoTerminalError(code: errno) }
        var output = ""
        var line = [CChar](repeating: 0, count: 512)
        while fgets(&line, Int32(line.count), pipe) != nil {
            output += String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        return (pclose(pipe), output)
    }
}

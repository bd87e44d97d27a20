import Foundation
import Testing

/// A terminal of so many columns with a program at it: what the program writes there, byte for byte.
enum Terminal {
    /// Runs a program with the terminal as its standard input, output and error, until it ends.
    static func run(_ program: Program, _ arguments: [String], columns: UInt16 = 80) async throws -> (
        status: Int32, text: String
    ) {
        var (master, slave): (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&master, &slave, nil, nil, &size) == 0)
        // As bytes are written: no CR before LF.
        var settings = termios()
        tcgetattr(slave, &settings)
        settings.c_oflag &= ~tcflag_t(OPOST)
        tcsetattr(slave, TCSANOW, &settings)
        let folder = try Scratch()
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try program.path)
        process.arguments = arguments
        process.environment = Program.environment(in: folder.path).merging(program.environment) { $1 }
        let end = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
        process.standardInput = end
        process.standardOutput = end
        process.standardError = end
        try process.run()
        try end.close()
        let reader = Task.detached { [master] in
            var bytes: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            // At the end of the last program the line hangs up, which reads as an error.
            while case let count = read(master, &part, part.count), count > 0 { bytes += part.prefix(count) }
            return String(decoding: bytes, as: UTF8.self)
        }
        let text = await reader.value
        close(master)
        try await eventually("the program ends") { !process.isRunning }
        return (process.terminationStatus, text)
    }
}

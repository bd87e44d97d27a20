import Foundation
import Repository
import Testing

/// What is written in one place only.
struct OnePlaceTests {
    /// Lines of code below the programs.
    private static func libraries() throws -> [(place: String, line: String)] {
        try code().filter { !$0.place.hasPrefix("Programs/") }
    }

    /// Lines of code without comments: folder and file from `Sources` on, number, text.
    private static func code() throws -> [(place: String, line: String)] {
        let root = Repository.root.appending(path: "Sources")
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
            .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
        return try files.flatMap { file -> [(place: String, line: String)] in
            let path = String(file.path.dropFirst(root.path.count + 1))
            return try String(contentsOf: file, encoding: .utf8)
                .split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                .filter { !$0.element.trimmingCharacters(in: .whitespaces).hasPrefix("//") }
                .map { ("\(path):\($0.offset + 1)", String($0.element)) }
        }
    }

    /// A library says what is wrong. Which command helps is the program's to say, in `Hints.swift`.
    @Test func `no library names a command of the program`() throws {
        // A printed page says to whoever holds it how to check it.
        let exceptions: Set = ["Operation/CalibrationReport/SignatureSection.swift"]
        let lines = try Self.libraries()
        #expect(lines.count > 10_000)
        for (place, line) in lines where line.contains("'cvqkd ") {
            #expect(exceptions.contains { place.hasPrefix($0) }, "\(place): \(line)")
        }
    }

    /// What a person names, or what lies in a folder, may be a FIFO, a device, a link, or have 20 GB. `ForeignFile`
    /// opens it: a regular file, within its limit, without waiting. Others open only what they make or what the kernel
    /// makes.
    @Test func `files that are found or named are opened in one place`() throws {
        let exceptions = [
            // The one way to read, the one way to write, and locks.
            "Values/ForeignFiles/": "", "Values/DurableFiles/": "",
            // /sys, /proc and /etc of the machine, without waiting, 1 MiB at most.
            "Transport/UnitTransport/SystemTree.swift": "",
            // Devices: their kind is asked for first.
            "Transport/SerialTransport/": "", "Transport/USBTransport/": "",
            "Transport/ExternalInstruments/SCPI/InstrumentLine.swift": "",
            // The kernel's configfs, FunctionFS and vhci, by root.
            "Transport/UnitEmulator/Gadget/": "", "Transport/UnitEmulator/USBIP/VirtualHostController.swift": "",
            // Another's library: it shares nothing with the agent. Its file is a person's, and is read without waiting.
            "Service/RawKeyClient/ConsumerSecretKey.swift": "O_NOFOLLOW",
            // The folder of a socket, to lock it.
            "Service/RawKeyDelivery/Socket/SocketFile.swift": "O_DIRECTORY",
            // The schema compiler writes what it generates.
            "Programs/schema-compiler/Generate.swift": "write(to:",
            // What a program does with closed descriptors.
            "Programs/ProgramStart/ProgramStart.swift": "/dev/null",
        ]
        let ways: [Regex<Substring>] = [
            #/FileManager\.default\.(?:contents\(|createFile)/#, #/\b(?:Data|String|NSData|NSString)\(contentsOf/#,
            #/FileHandle\(for/#, #/InputStream\(/#, #/\b(?:fopen|freopen|openat|creat)\(/#, #/\bopen\([^)]*O_/#,
            #/\.write\(to: (?:URL|file)/#,
        ]
        let lines = try Self.code()
        #expect(lines.count > 15_000)
        for (place, line) in lines where ways.contains(where: { line.contains($0) }) {
            let isAllowed = exceptions.contains {
                place.hasPrefix($0.key) && ($0.value.isEmpty || line.contains($0.value))
            }
            #expect(isAllowed, "\(place): \(line)")
        }
        // A way that finds nothing anywhere looks for the wrong words.
        #expect(lines.contains { $0.line.contains(#/\bopen\([^)]*O_/#) })
    }

    /// Folders of others have as many names as they like, links, and names that are no text.
    @Test func `programs list folders of others by ForeignFolder`() throws {
        // The emulator's and the compiler's own; records of a store, whose owner and mode were looked at.
        let exceptions = [
            "Values/ForeignFiles/", "Transport/UnitTransport/SystemTree.swift", "Transport/UnitEmulator/",
            "Programs/schema-compiler/Generate.swift", "Operation/CalibrationRecords/",
            // Its own descriptors in /proc.
            "Unit/LocalUnits/DevicePath.swift",
        ]
        for (place, line) in try Self.code()
        where line.contains(#/contentsOfDirectory|enumerator\(at|opendir\(|scandir\(/#) {
            #expect(exceptions.contains { place.hasPrefix($0) }, "\(place): \(line)")
        }
    }

    /// Names of quantities with more than one word: `uptime` is a word for other things too.
    @Test func `the names of telemetry quantities are in their table only`() throws {
        let table = "Values/UnitProtocol/Telemetry/TelemetryQuantity.swift"
        let lines = try Self.libraries()
        let names = lines.filter { $0.place.hasPrefix(table) }.compactMap { line in
            line.line.firstMatch(of: /Row\("(\w+_\w+)"/).map { "\"\($0.1)\"" }
        }
        #expect(names.count > 25)
        for (place, line) in lines where !place.hasPrefix(table) {
            #expect(!names.contains { line.contains($0) }, "\(place): \(line)")
        }
    }
}

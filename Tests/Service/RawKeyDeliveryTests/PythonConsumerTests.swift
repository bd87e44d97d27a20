import Crypto
import Foundation
import PythonScripts
import RawKey
import RawKeyClient
import Testing

/// `Examples/python-consumer`, which shares no code with the agent, in a process of its own.
@Suite(.serialized) struct PythonConsumerTests {
    /// What a run left behind.
    struct Outcome: Sendable {
        var status: Int32
        var output: String
        var errors: String
        var summary: [String: String]
    }

    static func keyFile(_ bench: DeliveryBench) -> String {
        let path = bench.folder.appending(path: "engine.key").path
        bench.key.withSeed { seed in
            #expect(
                FileManager.default.createFile(
                    atPath: path, contents: Data(seed), attributes: [.posixPermissions: 0o600]))
        }
        return path
    }

    static func process(_ bench: DeliveryBench, _ arguments: [String]) throws -> Process {
        try Python.process(
            "Examples/python-consumer/consumer.py",
            ["--socket", bench.socket, "--link", "north", "--consumer", "engine", "--key", keyFile(bench)] + arguments)
    }

    /// Runs it to its end, on a thread that may wait.
    static func run(_ bench: DeliveryBench, _ arguments: [String] = []) async throws -> Outcome {
        let json = bench.folder.appending(path: "summary.json")
        return try await onThread {
            let process = try process(bench, arguments + ["--json", json.path])
            let (output, errors) = (Pipe(), Pipe())
            process.standardOutput = output
            process.standardError = errors
            try process.run()
            let text = output.fileHandleForReading.readDataToEndOfFile()
            let complaint = errors.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let document = (try? JSONSerialization.jsonObject(with: Data(contentsOf: json))) as? [String: Any]
            return Outcome(
                status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
                errors: String(decoding: complaint, as: UTF8.self),
                summary: (document ?? [:]).mapValues { "\($0)" })
        }
    }

    @Test func `it takes blocks and keys, checks them, and writes what a reconciliation reads`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let blocks = try (0..<3).map { try bench.link.add(cell: $0, bytes: 6000) }
            bench.link.spool.append(
                .gap(
                    session: 1 << 60,
                    .with {
                        $0.firstCell = 3; $0.cells = 2; $0.cause = .lost
                    }))
            bench.link.spool.append(.state("running", reason: "a test", session: 1 << 60))
            try bench.link.end(blocks, released: true)
            let out = bench.folder.appending(path: "out")
            let outcome = try await Self.run(bench, ["--blocks", "3", "--out", out.path])
            #expect(outcome.status == 0, "\(outcome)")
            for block in blocks {
                let name = "\(block.session)-\(block.cell)"
                #expect(
                    try Data(contentsOf: out.appending(path: "\(name).contents"))
                        == Data(TestLink.contents(block.cell, bytes: 6000)))
                #expect(try Data(contentsOf: out.appending(path: "\(name).header")) == Data(block.header))
                #expect(!block.hasKey && !block.hasCiphertext)
            }
            #expect(FileManager.default.fileExists(atPath: out.appending(path: "windows/\(1 << 60)-0.record").path))
            for (path, mode) in [(out.path, 0o700), (out.appending(path: "\(1 << 60)-0.contents").path, 0o600)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == mode)
            }
            #expect(outcome.summary["blocks"] == "3" && outcome.summary["gapCells"] == "2")
            #expect(outcome.summary["isEmulated"] == "1" && outcome.summary["isTest"] == "1")
            #expect(outcome.summary["sessions"]?.contains("1152921504606846976") == true)
            #expect(outcome.output.contains("TEST LINK") && outcome.output.contains("EMULATED: not a secret"))
            #expect(outcome.output.contains("evidence rule passed") && !outcome.output.contains("secure"))
            #expect(bench.link.spool.blockCount == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: out.appending(path: "sealed").path).isEmpty)
        }
    }

    @Test func `a consumer that is killed after it received a block gets its key in its next life`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let block = try bench.link.add(cell: 0)
            let out = bench.folder.appending(path: "out").path
            let first = try await onThread {
                let first = try Self.process(bench, ["--out", out])
                first.standardOutput = FileHandle.nullDevice
                try first.run()
                return first.processIdentifier
            }
            try await eventually("the block is received") { !block.hasCiphertext }
            // It is a child of the program that limits its time.
            let killing = try Process.run(
                URL(filePath: "/usr/bin/pkill"), arguments: ["-KILL", "-P", String(first)])
            killing.waitUntilExit()
            try await eventually("its lease ends") { bench.link.delivered.holder == nil }
            try bench.link.end([block], released: true)
            let outcome = try await Self.run(bench, ["--out", out, "--blocks", "1", "--patience", "5"])
            #expect(outcome.status == 0, "\(outcome)")
            #expect(
                try Data(contentsOf: URL(filePath: out).appending(path: "\(1 << 60)-0.contents"))
                    == Data(TestLink.contents(0, bytes: 4096)))
            #expect(!block.hasKey)
        }
    }

    @Test func `a revoked window leaves nothing of its blocks`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let block = try bench.link.add(cell: 0)
            let out = bench.folder.appending(path: "out")
            async let outcome = Self.run(bench, ["--out", out.path, "--blocks", "1"])
            try await eventually("the block is received") { !block.hasCiphertext }
            try bench.link.end([block], released: false)
            let next = try bench.link.add(cell: 1)
            try bench.link.end(window: 1, [next], released: true)
            let ended = try await outcome
            #expect(ended.status == 0, "\(ended)")
            #expect(ended.summary["windowsRevoked"] == "1" && ended.summary["revokedBlocks"] == "1")
            #expect(!FileManager.default.fileExists(atPath: out.appending(path: "\(1 << 60)-0.contents").path))
            #expect(try FileManager.default.contentsOfDirectory(atPath: out.appending(path: "sealed").path).isEmpty)
        }
    }

    enum Lie: String, CaseIterable, Sendable {
        case chain = "does not follow the block before it"
        case digest = "is not that of its statements"
        case signer = "signed by a stranger"
        case window = "no released window has this block"
        case block = "which never came"
    }

    @Test(arguments: Lie.allCases) func `it refuses what does not hold together`(lie: Lie) async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let wrong = [UInt8](repeating: 3, count: 32)
            var blocks = [try bench.link.add(cell: 0)]
            blocks.append(try bench.link.add(cell: 1, previous: lie == .chain ? wrong : nil))
            switch lie {
            case .chain: try bench.link.end(blocks, released: true)
            case .digest: try bench.link.end(blocks, released: true, digest: wrong)
            case .signer: try bench.link.end(blocks, released: true, signer: Curve25519.Signing.PrivateKey())
            case .window:
                bench.link.spool.append(.release(blocks[0], windowDigest: wrong, binding: bench.link.binding))
            case .block:
                try bench.link.spool.received(.init(blocks[0]), digest: blocks[0].digest)
                try bench.link.end(blocks, released: true)
            }
            let outcome = try await Self.run(bench, ["--blocks", "2"])
            #expect(outcome.status == 2, "\(outcome)")
            #expect(outcome.errors.contains("REFUSED") && outcome.errors.contains(lie.rawValue), "\(outcome)")
            #expect(outcome.summary["blocks"] == "0")
        }
    }

    @Test func `its keys are those of the client library, in files for it alone`() async throws {
        let bench = try DeliveryBench()
        try await bench.run {
            let (key, open) = (bench.folder.appending(path: "k").path, bench.folder.appending(path: "p").path)
            let id = try await onThread {
                let made = try Python.process(
                    "Examples/python-consumer/consumer.py", ["keygen", "--key", key, "--public", open])
                let output = Pipe()
                made.standardOutput = output
                try made.run()
                let id = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
                made.waitUntilExit()
                return id
            }
            let secret = try ConsumerSecretKey(file: key)
            #expect(id == secret.keyID + "\n")
            #expect(try Data(contentsOf: URL(filePath: open)) == Data(secret.publicKey))
            #expect(chmod(key, 0o644) == 0)
            #expect(throws: RawKeyClientError.secretKey(path: key, reason: "others may read it: chmod 600")) {
                _ = try ConsumerSecretKey(file: key)
            }
        }
    }
}

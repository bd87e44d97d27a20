import Foundation
import Repository
import Testing

/// `cvqkd evidence verify` on a record as nodes keep it.
struct EvidenceCommandTests {
    private static let record = Repository.root.appending(path: "Tests/GoldenVectors/evidence-window.record").path
    private static let bob = "MCowBQYDK2VwAyEAJNswh5LaN3vxx/ATI0wvDLLBGeCnldxdb1npGUqwYgo="
    private static let alice = "MCowBQYDK2VwAyEAQJyrq4Ao4e8kwnzMUVLxByKH/yZtQH6Ldq5qICQ7pAY="

    private let folder: Scratch
    private let cvqkd: Program

    init() throws {
        folder = try Scratch()
        cvqkd = Program(name: "cvqkd", environment: Program.isolation(in: folder.path))
    }

    private func verify(_ arguments: String...) async throws -> Program.Result {
        try await cvqkd.run(["evidence", "verify"] + arguments)
    }

    @Test func `a record holds, and without keys its table says what that proves`() async throws {
        let known = try await verify("--node-key", Self.bob, "--node-key", Self.alice, Self.record)
        #expect(known.status == 0, "\(known.errors)")
        #expect(known.output.hasPrefix("WINDOW  CELLS  BOTH  OUTCOME"))
        #expect(!known.output.contains("--node-key"))
        let unknown = try await verify(Self.record)
        #expect(unknown.status == 0)
        #expect(
            unknown.output.contains("No --node-key: the signatures prove only that whoever holds these keys signed."))
        let strange = try await verify("--node-key", Self.bob, Self.record)
        #expect(strange.status == 15)
    }

    @Test func `the document has every quantity, and large numbers are texts`() async throws {
        let document = try await verify("--json", Self.record).object()
        #expect(
            Set(document.keys) == ["verdict", "keysWereGiven", "windows", "vacuum", "releasedVacuum"])
        #expect(document["verdict"] as? String == "consistent")
        let window = try #require((document["windows"] as? [[String: Any]])?.first)
        #expect(
            Set(window.keys)
                == [
                    "file", "link", "ordinal", "firstCell", "cells", "common", "outcome", "receiver", "transmitter",
                    "vacuum", "hiddenExcessNoise", "unseenShare", "isEmulated", "findings",
                ])
        #expect(window["ordinal"] as? String == "0")
        let receiver = try #require(window["receiver"] as? [String: Any])
        let quantities = try #require(receiver["quantities"] as? [[String: Any]])
        #expect(quantities.count == 27)
        let samples = try #require(quantities.first { $0["name"] as? String == "vacuumSamples" })
        // There is no upper limit.
        #expect(samples["upper"] is NSNull)
    }

    @Test func `a record that was changed, cut or is none ends with 14`() async throws {
        let bytes = try Data(contentsOf: URL(filePath: Self.record))
        var changed = bytes
        changed[bytes.count / 2] ^= 1
        for (name, data) in [("changed", changed), ("cut", bytes.prefix(bytes.count / 2)), ("empty", Data())] {
            let file = "\(folder.path)/\(name)"
            try data.write(to: URL(filePath: file))
            let result = try await verify(file)
            #expect(result.status == 14, "\(name): \(result.errors)")
            #expect(result.errors.contains("Ask the node for the record again"))
        }
        #expect(try await verify("\(folder.path)/nothing").status == 3)
        // Twice the same window is not a chain.
        #expect(try await verify(Self.record, Self.record).status == 14)
    }
}

import Foundation
import Testing

@testable import DurableFiles

/// A name is taken only if it is free, on whatever file system: each way by itself, as if the others did not exist.
struct ExclusiveWayTests {
    static let ways: [[ExclusiveWay]] = [[.rename], [.link], [.claim]]

    private static func create(_ text: String, _ path: String, by ways: [ExclusiveWay]) throws(FileFault) {
        let file = try DurableFile(path, mode: 0o600)
        try file.write(Data(text.utf8).bytes)
        try file.publish(.exclusive, by: ways)
    }

    @Test(arguments: ways)
    func `it is there whole, or what was there stays`(ways: [ExclusiveWay]) throws {
        let folder = try Scratch()
        try Self.create("one", folder.at("file"), by: ways)
        #expect(folder.text("file") == "one" && folder.names == ["file"])
        let mode = try FileManager.default.attributesOfItem(atPath: folder.at("file"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(throws: FileFault(.place, path: folder.at("file"), code: EEXIST)) {
            try Self.create("two", folder.at("file"), by: ways)
        }
        #expect(folder.text("file") == "one" && folder.names == ["file"])
    }

    @Test(arguments: ways)
    func `of many that want one name, one gets it`(ways: [ExclusiveWay]) async throws {
        let folder = try Scratch()
        for round in 0..<20 {
            let path = folder.at("\(round)")
            let outcomes = await withTaskGroup(of: FileFault?.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        do throws(FileFault) {
                            try Self.create(String(repeating: "\(task),", count: 1000), path, by: ways)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(into: [FileFault?]()) { $0.append($1) }
            }
            #expect(outcomes.count { $0 == nil } == 1)
            #expect(outcomes.compactMap(\.self).allSatisfy { $0 == FileFault(.place, path: path, code: EEXIST) })
            let parts = try #require(folder.text("\(round)")).split(separator: ",")
            #expect(parts.count == 1000 && Set(parts).count == 1, "the winner's text is whole")
        }
        #expect(folder.names.count == 20, "nothing is left beside them")
    }

    @Test func `a file system that has no way says so, and nothing is left`() throws {
        let folder = try Scratch()
        #expect(throws: FileFault(.place, path: folder.at("file"), code: ENOTSUP)) {
            try Self.create("one", folder.at("file"), by: [])
        }
        #expect(folder.names.isEmpty)
    }
}

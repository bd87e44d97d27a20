import Foundation
import Testing

/// Sessions of one person, or one test, and what others see of them.
struct SessionIsolationTests {
    @Test func `CVQKD_RUNTIME_DIRECTORY is the only place where sessions are kept and looked for`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        #expect(rig.records.count == 1)
        func status(_ runtime: String) async throws -> String {
            let environment = rig.cvqkd.environment.merging(["CVQKD_RUNTIME_DIRECTORY": runtime]) { $1 }
            return try await Program(name: "cvqkd", environment: environment).run("link", "status", "--json").output
        }
        let ours = "\(link.process.processIdentifier)"
        #expect(try await status("\(rig.folder.path)/cvqkd").contains(ours))
        // Without it the session is found where XDG_RUNTIME_DIR leads, as a colleague's would be.
        #expect(try await status("").contains(ours))
        #expect(try await !status("\(rig.folder.path)/elsewhere").contains(ours))
        link.signal(SIGINT)
        #expect(try await link.end().status == 130)
        #expect(rig.records.isEmpty)
    }

    @Test func `a program that a test starts without a word about folders finds nobody's session`() async throws {
        let rig = try await Rig()
        let link = try await rig.startLink()
        let status = try await Program(name: "cvqkd").run("link", "status")
        #expect(status.output == "No session runs on this machine.\n")
        link.signal(SIGINT)
        #expect(try await link.end().status == 130)
    }
}

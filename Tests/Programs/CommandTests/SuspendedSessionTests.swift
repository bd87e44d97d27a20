import Foundation
import Testing

/// Ctrl-Z in a session, and fg when the units have gone dark.
struct SuspendedSessionTests {
    @Test func `a session whose program is stopped is shown as suspended, and link stop ends it in order`()
        async throws
    {
        let rig = try await Rig()
        let link = try await rig.startLink()
        try await rig.streams()
        let running = try await rig.cvqkd.run("link", "status")
        #expect(running.output.contains("streaming") && !running.output.contains("suspended"), "\(running.output)")
        link.signal(SIGSTOP)
        try await eventually("the program is stopped") {
            try await rig.cvqkd.run("link", "status").output.contains("suspended")
        }
        let status = try await rig.cvqkd.run("link", "status").output
        #expect(
            !status.contains("streaming") && !status.contains("quiet") && status.contains("kill -CONT"), "\(status)")
        let busy = try await rig.cvqkd.run("status", rig.bob)
        #expect(busy.status == 5 && busy.errors.contains("suspended (Ctrl-Z)"), "\(busy.errors)")
        let stop = try await rig.cvqkd.run("link", "stop")
        #expect(stop.status == 0, "\(stop.errors)")
        let end = try await link.end()
        #expect(end.status == 130 || end.status == 16, "\(end.errors)")
        #expect(try await rig.emulated().allSatisfy { $0["state"] as? String == "dark" })
    }

    @Test func `a session that was suspended says so, with an exit code of its own and what it had measured`()
        async throws
    {
        let rig = try await Rig()
        let link = try await rig.startLink("--on-alarm", "act", "--json")
        try await rig.streams(frames: 100)
        link.signal(SIGSTOP)
        try await eventually("the heartbeat time-out takes the light", within: 10) {
            try await rig.emulated().allSatisfy { $0["state"] as? String == "dark" }
        }
        link.signal(SIGCONT)
        let result = try await link.end()
        #expect(result.status == 16, "\(result.errors)")
        let error = try result.errorObject()
        #expect(error["kind"] as? String == "paused")
        let message = try #require(error["message"] as? String)
        #expect(message.contains("did not run, because it was suspended") && message.contains("sent no heartbeat for"))
        #expect(!message.contains("NoControl") && !result.errors.contains("monitor alarm"), "\(result.errors)")
        #expect(!result.errors.contains("recover"), "\(result.errors)")
        let report = try result.object()
        #expect(report["endedBy"] as? String == "pause")
        #expect((report["trainingSymbols"] as? Int ?? 0) > 0)
    }
}

import Dispatch
import Foundation
import LinkOperation

/// SIGTERM and SIGINT: the first ends the agent in order, a second Ctrl-C at once.
final class EndingSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ end: EndRequest) {
        signal(SIGPIPE, SIG_IGN)
        let registered = DispatchSemaphore(value: 0)
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                if end.request() > 1, number == SIGINT { _exit(130) }
            }
            source.setRegistrationHandler { registered.signal() }
            source.resume()
            return source
        }
        // libdispatch begins to watch a little later: what came before that would be lost.
        for _ in sources { _ = registered.wait(timeout: .now() + 1) }
    }

    func stop() { for source in sources { source.cancel() } }
}

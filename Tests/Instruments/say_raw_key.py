"""Says things to an agent's delivery socket that no consumer should say, and prints the status of the stream's end.

    say_raw_key.py SOCKET < [[AFTER, "HEX"], ...]

Each message goes out when so many of the agent's have come. Prints {"code": "failedPrecondition", "message": "..."}.
"""

import json
import queue
import sys

import grpc


def main():
    messages = json.load(sys.stdin)
    heard = queue.Queue()

    def requests():
        seen = 0
        for after, text in messages:
            while seen < after:
                if heard.get() is None:
                    return
                seen += 1
            yield bytes.fromhex(text)
        # The stream stays open until the agent ends it.
        while heard.get() is not None:
            pass

    with grpc.insecure_channel(f"unix:{sys.argv[1]}") as channel:
        call = channel.stream_stream("/cvqkd.rawkey.v1.RawKey/Deliver", request_serializer=bytes, response_deserializer=bytes)
        stream = call(requests(), timeout=30)
        try:
            for _ in stream:
                heard.put(True)
            code, message = grpc.StatusCode.OK, ""
        except grpc.RpcError as error:
            code, message = error.code(), error.details()
        heard.put(None)
    words = code.name.lower().split("_")
    print(json.dumps({"code": words[0] + "".join(word.title() for word in words[1:]), "message": message}))


main()

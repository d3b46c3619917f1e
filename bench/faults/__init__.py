"""Does anything get lost or doubled, whatever dies? Programs that find out.

`storm` kills and stops processes at random while people work; `checker` then reads
every log, topic and read model, and holds them against what people were answered.
"""

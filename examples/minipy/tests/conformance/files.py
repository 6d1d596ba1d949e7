# What is written can be read by the next who opens it, closed or not.
NAME = __file__ + ".txt"  # in a folder that goes: see the sections


def write(text, mode):
    file = open(NAME, mode)
    file.write(text)


write("one\ntwo\n", "w")
print(open(NAME).read())
write("three\n", "a")
with open(NAME) as file:
    print([line for line in file])
with open(NAME, "w") as file:
    print(file.write("four"), file.writelines(["five", "six"]))
print(open(NAME).readlines(), file.closed)
left = open(NAME, "w")
print("left", file=left)
left.flush()
print(open(NAME).read())
#%%
# An exception ends it: written none the less, for the next section.
file = open(__file__ + ".txt", "w")
file.write("one")
raise ValueError
#%%
print(open(__file__.replace("_3.py", "_2.py") + ".txt").read())
